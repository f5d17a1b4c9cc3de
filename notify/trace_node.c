#include "notify/trace_node.h"

#include <stdio.h>
#include <string.h>

/*
 * A fatal report looks like this (node 12 and later; "Node.js v" since 17):
 *
 *	/app/server.js:12
 *	  throw new TypeError("x");
 *	  ^
 *
 *	TypeError: x
 *	    at f (/app/server.js:12:9) {
 *	  code: 'E'
 *	}
 *
 *	Node.js v20.20.2
 *
 * The error's line is the first one with text after the last caret line: a
 * minified source line may have pushed everything above it out of the tail.
 */

static bool
is_caret(struct span line)
{
	struct span mark = span_trim(line);

	for (size_t i = 0; i < mark.len; i++)
		if (mark.at[i] != '^' && mark.at[i] != '~')
			return false;
	return mark.len > 0;
}

static bool
is_frame(struct span line)
{
	return line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t') &&
	       span_starts(span_trim(line), "at ");
}

/* "at f (file:///app/x.js:1:2)" to "/app/x.js:1:2"; at NULL for builtins. */
static struct span
frame_place(struct span line)
{
	struct span place = span_skip(span_trim(line), strlen("at "));
	struct span open = span_find_last(place, "(");

	if (open.at != NULL)
		place = span_until(span_skip(open, 1), ')');
	if (span_starts(place, "async "))
		place = span_skip(place, strlen("async "));
	if (span_starts(place, "file://"))
		place = span_skip(place, strlen("file://"));
	if (span_starts(place, "node:") || span_starts(place, "internal/") ||
	    span_starts(place, "<anonymous>") ||
	    span_find(place, ":").at == NULL)
		return SPAN_NONE;
	return place;
}

/* The column says nothing to a reader who has line and error. */
static void
copy_place(struct span place, char *ret, size_t size)
{
	struct span column = span_find_last(place, ":");
	struct span before = span_between(place, column);

	if (span_find(before, ":").at != NULL)
		place = before;
	span_copy(place, ret, size);
}

/* The first frame of the program's own; failing that, of its packages. */
static void
find_where(struct span stack, char *ret, size_t size)
{
	struct span packages = SPAN_NONE;
	struct span line;

	while (span_line(&stack, &line)) {
		if (!is_frame(line))
			continue;
		struct span place = frame_place(line);
		if (place.at == NULL)
			continue;
		if (span_find(place, "node_modules/").at == NULL) {
			copy_place(place, ret, size);
			return;
		}
		if (packages.at == NULL)
			packages = place;
	}
	if (packages.at != NULL)
		copy_place(packages, ret, size);
}

/* From an error's line on: its first line, its frames, its place. */
static bool
take_error(struct span block, struct trace *ret)
{
	struct span rest = span_trim(block);
	struct span first;
	struct span line;

	*ret = (struct trace){
		.kind = TRACE_UNCAUGHT,
		.intro = "uncaught ",
		.at = rest,
	};
	if (!span_line(&rest, &first))
		return false;
	span_copy(first, ret->detail, sizeof(ret->detail));
	while (span_line(&rest, &line)) {
		if (!is_frame(line))
			continue;
		size_t tail = (size_t)(ret->at.at + ret->at.len - line.at);
		ret->stack = (struct span){ line.at, tail };
		break;
	}
	find_where(ret->stack, ret->where, sizeof(ret->where));
	return true;
}

bool
trace_node_logged(struct span text, struct trace *ret)
{
	struct span frame = SPAN_NONE;
	struct span rest = text;
	struct span line;

	while (span_line_back(&rest, &line)) {
		if (is_frame(line)) {
			frame = line;
			continue;
		}
		if (frame.at == NULL)
			continue;
		/* a message of several lines: its name is at most 8 up */
		for (int i = 0; i < 8; i++) {
			struct span name = span_until(line, ':');
			if (span_find(name, "Error").at != NULL ||
			    span_find(name, "Exception").at != NULL)
				break;
			if (!span_line_back(&rest, &line))
				break;
		}
		size_t from = (size_t)(line.at - text.at);
		if (!take_error(span_skip(text, from), ret))
			return false;
		ret->kind = TRACE_LOGGED;
		return true;
	}
	return false;
}

/*
 * Above the caret stand the source line and, above that, its place: all there
 * is of a syntax error, whose frames are Node's own.
 */
static void
place_above(struct span before, char *ret, size_t size)
{
	struct span source;
	struct span place;

	if (!span_line_back(&before, &source) ||
	    !span_line_back(&before, &place))
		return;
	if (span_starts(place, "file://"))
		place = span_skip(place, strlen("file://"));
	if (span_starts(place, "/"))
		span_copy(place, ret, size);
}

bool
trace_node_find(struct span text, struct trace *ret)
{
	struct span end = span_last_line(text, "Node.js v");
	if (end.at == NULL)
		return false;

	struct span block = span_between(text, end);
	struct span rest = block;
	struct span line;
	while (span_line_back(&rest, &line)) {
		if (!is_caret(line))
			continue;
		size_t after = (size_t)(line.at + line.len - block.at);
		if (!take_error(span_skip(block, after), ret))
			return false;
		if (ret->where[0] == '\0')
			place_above(rest, ret->where, sizeof(ret->where));
		return true;
	}
	if (!trace_node_logged(block, ret))
		return false;
	ret->kind = TRACE_UNCAUGHT;
	return true;
}

bool
trace_node_heap(struct span text, struct trace *ret)
{
	struct span fatal = span_find_last(text, "FATAL ERROR: ");
	if (fatal.at == NULL)
		return false;
	struct span line = span_until(fatal, '\n');
	if (span_find(line, "out of memory").at == NULL)
		return false;
	*ret = (struct trace){ .kind = TRACE_HEAP_LIMIT, .at = fatal };
	span_copy(span_skip(line, strlen("FATAL ERROR: ")), ret->detail,
	    sizeof(ret->detail));
	return true;
}

bool
trace_node_await(struct span text, struct trace *ret)
{
	static const char words[] = "unsettled top-level await at";
	struct span found = span_find_last(text, words);
	if (found.at == NULL)
		return false;

	struct span place = span_skip(found, strlen(words));
	place = span_until(span_trim(place), '\n');
	if (span_starts(place, "file://"))
		place = span_skip(place, strlen("file://"));
	*ret = (struct trace){ .kind = TRACE_UNSETTLED_AWAIT, .at = found };
	span_copy(place, ret->where, sizeof(ret->where));
	return true;
}
