#ifndef NOTIFY_CAUSE_H
#define NOTIFY_CAUSE_H

#include "notify/span.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The classifier: why a process ended, in one sentence, from how it ended and
 * from its last words.  Pure.
 *
 * What the kernel says outranks what the program says, and a program is only
 * believed where its words fit: text never explains a SIGKILL.
 */
#define CAUSE_KINDS(K)                        \
	K(NONE, "none")                       \
	K(EXEC_FAILED, "exec_failed")         \
	K(KERNEL_OOM, "kernel_oom")           \
	K(HEAP_LIMIT, "heap_limit")           \
	K(UNCAUGHT, "uncaught")               \
	K(REJECTION, "rejection")             \
	K(MISSING_MODULE, "missing_module")   \
	K(MISSING_LIBRARY, "missing_library") \
	K(PORT_IN_USE, "port_in_use")         \
	K(UNSETTLED_AWAIT, "unsettled_await") \
	K(FAULT, "fault")                     \
	K(REPLACED, "replaced")               \
	K(KILLED, "killed")                   \
	K(SIGNALED, "signaled")               \
	K(EXIT_CODE, "exit_code")

enum cause_kind {
#define CAUSE_ENUM(kind, name) CAUSE_##kind,
	CAUSE_KINDS(CAUSE_ENUM)
#undef CAUSE_ENUM
	    CAUSE_COUNT
};

/* How it ended.  signal 0: with code.  exec_errno: it never began. */
struct cause_death {
	int code;
	int signal;
	bool core;
	bool oom; /* the kernel's OOM killer was at work in its tree */
	int exec_errno;
	int64_t peak_bytes;   /* 0: unknown */
	const char *replaced; /* cradle ended it, as it did this; NULL: no */
};

struct cause {
	enum cause_kind kind;
	char title[96];     /* a few words for a headline: "SIGSEGV" */
	char sentence[512]; /* without a full stop; one line */
	char where[256];    /* file:line or "" */
	struct span stack;  /* the frames, in the text that was given */
};

/* "heap_limit"; "unknown" out of range. */
const char *cause_name(unsigned kind);

/*
 * err and out are tails, cleaned (notify/text.h); out is asked when err has
 * nothing to say.  ret->stack points into them.
 */
void cause_find(const struct cause_death *death, struct span err,
    struct span out, struct cause *ret);

#endif
