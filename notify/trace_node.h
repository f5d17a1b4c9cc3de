#ifndef NOTIFY_TRACE_NODE_H
#define NOTIFY_TRACE_NODE_H

#include "notify/trace.h"

/*
 * Node's fatal report: source line, caret, error, frames, and "Node.js v..." as
 * the last line.  true and *ret filled (TRACE_UNCAUGHT) when the text has one.
 */
bool trace_node_find(struct span text, struct trace *ret);

/* V8's "FATAL ERROR: ... JavaScript heap out of memory". */
bool trace_node_heap(struct span text, struct trace *ret);

/* "Detected unsettled top-level await at FILE:LINE". */
bool trace_node_await(struct span text, struct trace *ret);

/* The last error with frames under it ("    at ..."), fatal or not. */
bool trace_node_logged(struct span text, struct trace *ret);

#endif
