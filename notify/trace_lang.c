#include "notify/trace_lang.h"

#include <string.h>

static void
begin(struct trace *ret, struct span at, struct span detail)
{
	*ret = (struct trace){
		.kind = TRACE_UNCAUGHT,
		.intro = "uncaught ",
		.at = at,
	};
	span_copy(span_trim(detail), ret->detail, sizeof(ret->detail));
}

/* '  File "/app/x.py", line 5, in f' to "/app/x.py:5". */
static bool
python_place(struct span line, char *ret, size_t size)
{
	struct span file = span_find(line, "File \"");
	struct span number = span_find(line, "\", line ");

	if (file.at == NULL || number.at == NULL || number.at < file.at + 6)
		return false;
	file = span_between(span_skip(file, strlen("File \"")), number);
	number = span_until(span_skip(number, strlen("\", line ")), ',');
	span_join(file, ":", number, ret, size);
	return true;
}

/* Frames come oldest first; the error's line is the first without indent. */
bool
trace_lang_python(struct span text, struct trace *ret)
{
	struct span block =
	    span_last_line(text, "Traceback (most recent call last):");
	struct span rest = block;
	struct span line;
	char where[sizeof(ret->where)] = "";

	if (block.at == NULL || !span_line(&rest, &line))
		return false;
	struct span stack = rest;
	while (span_line(&rest, &line)) {
		if (line.len > 0 && line.at[0] != ' ' && line.at[0] != '\t') {
			begin(ret, block, line);
			ret->stack = span_between(stack, line);
			memcpy(ret->where, where, sizeof(where));
			return true;
		}
		if (span_find(line, "site-packages/").at == NULL)
			(void)python_place(line, where, sizeof(where));
	}
	return false;
}

/* "\t/app/main.go:42 +0x1d" to "/app/main.go:42", but for Go's own code. */
static void
go_place(struct span stack, char *ret, size_t size)
{
	struct span line;

	while (span_line(&stack, &line)) {
		if (!span_starts(line, "\t") ||
		    span_find(line, ".go:").at == NULL ||
		    span_find(line, "/go/src/").at != NULL ||
		    span_find(line, "/src/runtime/").at != NULL)
			continue;
		span_copy(span_until(span_trim(line), ' '), ret, size);
		return;
	}
}

bool
trace_lang_go(struct span text, struct trace *ret)
{
	struct span block = span_last_line(text, "panic: ");
	if (block.at == NULL)
		block = span_last_line(text, "fatal error: ");
	if (block.at == NULL)
		return false;
	struct span stack = span_find(block, "\ngoroutine ");
	if (stack.at == NULL)
		return false;
	begin(ret, block, span_until(block, '\n'));
	ret->intro = "";
	ret->stack = stack;
	go_place(stack, ret->where, sizeof(ret->where));
	return true;
}

/* "	at com.acme.A.f(A.java:12)" to "A.java:12", but for the JDK's own. */
static void
java_place(struct span stack, char *ret, size_t size)
{
	struct span line;

	while (span_line(&stack, &line)) {
		struct span at = span_trim(line);
		struct span open = span_find(at, "(");
		if (!span_starts(at, "at ") || open.at == NULL ||
		    span_find(open, ":").at == NULL ||
		    span_starts(at, "at java.") || span_starts(at, "at jdk."))
			continue;
		span_copy(span_until(span_skip(open, 1), ')'), ret, size);
		return;
	}
}

bool
trace_lang_java(struct span text, struct trace *ret)
{
	struct span block = span_last_line(text, "Exception in thread \"");
	if (block.at == NULL)
		return false;

	struct span first = span_until(block, '\n');
	struct span name = span_find(first, "\" ");
	struct span thread = span_find(
	    span_skip(first, strlen("Exception in thread \"")), "\" ");
	if (thread.at != NULL)
		name = thread;
	if (name.at == NULL)
		return false;
	begin(ret, block, span_skip(name, 2));
	ret->stack = span_skip(block, first.len + 1);
	java_place(ret->stack, ret->where, sizeof(ret->where));
	return true;
}

/*
 * Since 1.73: "thread 'main' panicked at src/main.rs:1:80:" and the message on
 * the next line; before: "panicked at 'message', src/main.rs:1:80".
 */
bool
trace_lang_rust(struct span text, struct trace *ret)
{
	static const char words[] = " panicked at ";
	struct span block = span_last_line(text, "thread '");
	if (block.at == NULL)
		return false;
	struct span first = span_until(block, '\n');
	struct span place = span_find(first, words);
	if (place.at == NULL)
		return false;

	place = span_skip(place, strlen(words));
	struct span rest = span_skip(block, first.len + 1);
	struct span message = span_until(rest, '\n');
	struct span old = span_find_last(place, "', ");
	if (span_starts(place, "'") && old.at != NULL) {
		message = span_skip(span_between(place, old), 1);
		place = span_skip(old, strlen("', "));
	}
	begin(ret, block, message);
	ret->intro = "panic: ";
	ret->stack = rest;
	if (span_ends(place, ":"))
		place.len--;
	struct span column = span_find_last(place, ":");
	if (column.at != NULL)
		place = span_between(place, column);
	span_copy(place, ret->where, sizeof(ret->where));
	return true;
}

/* "x.rb:3:in `f': no pool (RuntimeError)" with "\tfrom ..." lines under it. */
bool
trace_lang_ruby(struct span text, struct trace *ret)
{
	struct span rest = text;
	struct span line;

	while (span_line_back(&rest, &line)) {
		struct span in = span_find(line, ":in ");
		struct span message = span_find(line, "': ");
		struct span class = span_find_last(line, " (");
		if (in.at == NULL || message.at == NULL || class.at == NULL ||
		    message.at < in.at || class.at < message.at ||
		    !span_ends(line, ")") || span_starts(line, "\t"))
			continue;
		message = span_between(span_skip(message, 3), class);
		class = span_until(span_skip(class, 2), ')');
		size_t from = (size_t)(line.at - text.at);
		begin(ret, span_skip(text, from), line);
		span_join(
		    class, ": ", message, ret->detail, sizeof(ret->detail));
		ret->stack = span_skip(ret->at, line.len + 1);
		span_copy(
		    span_between(line, in), ret->where, sizeof(ret->where));
		return true;
	}
	return false;
}

bool
trace_lang_cpp(struct span text, struct trace *ret)
{
	static const char words[] =
	    "terminate called after throwing an instance of '";
	struct span block = span_last_line(text, words);
	if (block.at == NULL)
		return false;

	struct span class = span_until(span_skip(block, strlen(words)), '\'');
	begin(ret, block, class);
	struct span what = span_find(block, "what():");
	if (what.at == NULL)
		return true;
	what = span_until(span_skip(what, strlen("what():")), '\n');
	what = span_trim(what);
	span_join(class, ": ", what, ret->detail, sizeof(ret->detail));
	return true;
}

/* glibc: "prog: file.c:2: main: Assertion `c == 7' failed." */
bool
trace_lang_assert(struct span text, struct trace *ret)
{
	struct span found = span_find_last(text, ": Assertion `");
	if (found.at == NULL)
		return false;

	struct span before = span_between(text, found);
	struct span head;
	if (!span_line_back(&before, &head))
		return false;
	begin(ret, found, span_skip(span_until(found, '\n'), 2));
	ret->intro = "";
	struct span file = span_find(head, ": ");
	if (file.at == NULL)
		return true;
	file = span_skip(file, 2);
	struct span end = span_find(file, ": ");
	if (end.at != NULL)
		span_copy(
		    span_between(file, end), ret->where, sizeof(ret->where));
	return true;
}
