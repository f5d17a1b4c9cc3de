#ifndef NOTIFY_TRACE_H
#define NOTIFY_TRACE_H

#include "notify/span.h"

/*
 * What a program's last words say about its death: the reports that language
 * runtimes print when they give up, found in the tail of its output.  Pure; the
 * text is hostile and cleaned (notify/text.h).
 *
 * A program may log and survive many errors, so only a report whose form says
 * that it was the end counts as one.  A stack trace without such a form is
 * TRACE_LOGGED: the last error seen, which need not be the reason.
 */
enum trace_kind {
	TRACE_NONE,
	TRACE_UNCAUGHT,   /* exception, panic, failed assertion */
	TRACE_REJECTION,  /* Node: rejected with something that is no error */
	TRACE_HEAP_LIMIT, /* V8 */
	TRACE_MISSING_MODULE,
	TRACE_MISSING_LIBRARY,
	TRACE_PORT_IN_USE,
	TRACE_UNSETTLED_AWAIT,
	TRACE_LOGGED,
	TRACE_KINDS,
};

struct trace {
	enum trace_kind kind;
	const char *intro; /* "uncaught ", "panic: ", ""; UNCAUGHT only */
	char detail[320];  /* first line of the error; module, library, port */
	char where[256];   /* file:line of the program's own code, or "" */
	struct span at;    /* the whole report within the text */
	struct span stack; /* its frames */
};

/* Look through one stream's tail.  *ret is always filled. */
void trace_find(struct span text, struct trace *ret);

#endif
