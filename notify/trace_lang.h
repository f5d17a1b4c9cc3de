#ifndef NOTIFY_TRACE_LANG_H
#define NOTIFY_TRACE_LANG_H

#include "notify/trace.h"

/*
 * The fatal reports of the other runtimes.  Each: true and *ret filled
 * (TRACE_UNCAUGHT) when the text has one; the last one wins.
 */
bool trace_lang_python(struct span text, struct trace *ret);
bool trace_lang_go(struct span text, struct trace *ret);
bool trace_lang_java(struct span text, struct trace *ret);
bool trace_lang_rust(struct span text, struct trace *ret);
bool trace_lang_ruby(struct span text, struct trace *ret);
bool trace_lang_cpp(struct span text, struct trace *ret);
bool trace_lang_assert(struct span text, struct trace *ret);

#endif
