#include "notify/trace.h"

#include "core/guard.h"
#include "notify/trace_lang.h"
#include "notify/trace_node.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Every form that says "this was the end"; the one furthest down wins. */
typedef bool trace_finder(struct span text, struct trace *ret);

static trace_finder *const finders[] = {
	trace_node_find,
	trace_node_heap,
	trace_node_await,
	trace_lang_python,
	trace_lang_go,
	trace_lang_java,
	trace_lang_rust,
	trace_lang_ruby,
	trace_lang_cpp,
	trace_lang_assert,
};

/* The text after `words` up to `stop` (any of its bytes). */
static struct span
word_after(struct span s, const char *words, const char *stop)
{
	struct span found = span_find(s, words);
	if (found.at == NULL)
		return SPAN_NONE;
	found = span_skip(found, strlen(words));
	size_t n = 0;
	while (n < found.len && strchr(stop, found.at[n]) == NULL)
		n++;
	found.len = n;
	return found;
}

static struct span
digits_at(struct span s)
{
	size_t n = 0;
	while (n < s.len && isdigit((unsigned char)s.at[n]))
		n++;
	s.len = n;
	return s;
}

/*
 * The port in "address already in use 0.0.0.0:3000", "listen tcp :8080: bind:
 * ...", "bind() to 0.0.0.0:80 failed", "port: 3000", "('0.0.0.0', 8000)": the
 * last number of two to five digits on its line that follows ':' or a blank.
 */
static void
refine_port(struct span at, struct trace *ret)
{
	struct span line = span_until(at, '\n');
	struct span port = SPAN_NONE;

	for (size_t i = 1; i < line.len; i++) {
		struct span number = digits_at(span_skip(line, i));
		if (number.len == 0)
			continue;
		bool after = line.at[i - 1] == ':' || line.at[i - 1] == ' ';
		bool is_errno =
		    i + number.len < line.len && number.at[number.len] == ']';
		if (after && !is_errno && number.len >= 2 && number.len <= 5)
			port = number;
		i += number.len;
	}
	if (port.at == NULL)
		port = digits_at(word_after(at, "port: ", "\n"));
	ret->kind = TRACE_PORT_IN_USE;
	span_copy(port, ret->detail, sizeof(ret->detail));
}

static void
refine_module(struct span at, struct trace *ret)
{
	struct span from = word_after(at, "imported from ", "\n");
	struct span name = word_after(at, "'", "'\n");
	struct span ruby = word_after(at, "cannot load such file -- ", " \n(");

	if (ruby.at != NULL)
		name = ruby;
	if (name.len == 0)
		return;
	if (from.len == 0)
		from = word_after(at, "Require stack:\n- ", "\n");
	ret->kind = TRACE_MISSING_MODULE;
	span_copy(name, ret->detail, sizeof(ret->detail));
	if (from.len > 0)
		span_copy(from, ret->where, sizeof(ret->where));
}

static void
refine_library(struct span at, struct trace *ret)
{
	struct span glibc =
	    word_after(at, "error while loading shared libraries: ", ":\n");
	struct span musl =
	    word_after(at, "Error loading shared library ", ":\n");
	struct span node = word_after(at, "Error: ", "\n");

	ret->kind = TRACE_MISSING_LIBRARY;
	if (glibc.len > 0)
		span_copy(glibc, ret->detail, sizeof(ret->detail));
	else if (musl.len > 0)
		span_copy(musl, ret->detail, sizeof(ret->detail));
	else if (node.len > 0)
		span_copy(node, ret->detail, sizeof(ret->detail));
}

static void
refine_rejection(struct span at, struct trace *ret)
{
	struct span reason = span_find(at, "rejected with the reason ");

	ret->kind = TRACE_REJECTION;
	if (reason.at == NULL)
		return;
	reason = span_skip(reason, strlen("rejected with the reason "));
	reason = span_until(reason, '\n');
	if (span_ends(reason, "."))
		reason.len--;
	span_copy(reason, ret->detail, sizeof(ret->detail));
}

/*
 * What a report is about.  alone: also said by programs that print no report
 * of a known form, so looked for in the whole text when there is none.
 */
static const struct refinement {
	const char *needle;
	void (*refine)(struct span at, struct trace *ret);
	bool alone;
} refinements[] = {
	{ "error while loading shared libraries: ", refine_library, true },
	{ "Error loading shared library ", refine_library, true },
	{ "ERR_DLOPEN_FAILED", refine_library, false },
	{ "EADDRINUSE", refine_port, true },
	{ "ddress already in use", refine_port, true },
	{ "Cannot find module '", refine_module, false },
	{ "Cannot find package '", refine_module, false },
	{ "No module named '", refine_module, false },
	{ "cannot load such file -- ", refine_module, false },
	{ "ERR_UNHANDLED_REJECTION", refine_rejection, false },
};

/* A needle in the middle of a line is about the whole line, and what follows.
 */
static struct span
from_line_start(struct span text, struct span found)
{
	const char *at = found.at;

	while (at > text.at && at[-1] != '\n')
		at--;
	return span_skip(text, (size_t)(at - text.at));
}

static void
refine(struct span text, bool alone, struct trace *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(refinements); i++) {
		const struct refinement *r = &refinements[i];
		if (alone && !r->alone)
			continue;
		struct span at = alone ? span_find_last(text, r->needle)
				       : span_find(text, r->needle);
		if (at.at == NULL)
			continue;
		/* a code stands among the properties: the error says more */
		at = span_starts(at, "ERR_") ? text : from_line_start(text, at);
		if (ret->at.at == NULL)
			ret->at = at;
		r->refine(at, ret);
		return;
	}
}

void
trace_find(struct span text, struct trace *ret)
{
	struct trace found;

	*ret = (struct trace){ .kind = TRACE_NONE };
	for (size_t i = 0; i < ARRAY_LEN(finders); i++)
		if (finders[i](text, &found) &&
		    (ret->at.at == NULL || found.at.at > ret->at.at))
			*ret = found;
	if (ret->kind == TRACE_UNCAUGHT) {
		refine(ret->at, false, ret);
		return;
	}
	if (ret->kind != TRACE_NONE)
		return;
	refine(text, true, ret);
	if (ret->kind == TRACE_NONE)
		(void)trace_node_logged(text, ret);
}
