#ifndef NOTIFY_RENDER_H
#define NOTIFY_RENDER_H

#include "core/buf.h"

#include <stdint.h>

struct ident;
struct report;

/*
 * Facts as people read them, without the markup of any sink.  Each appends to
 * out.
 */

/* "0 ms", "850 ms", "42 s", "2 min 5 s", "3 h 12 min", "4 d 2 h" */
void render_duration(struct buf *out, int64_t ms);

/* "812 B", "64 KiB", "182.4 MiB", "1.5 GiB" */
void render_bytes(struct buf *out, int64_t bytes);

/* "10:14:05 UTC" and "2026-02-03 10:14:05 UTC" of nanoseconds since 1970. */
void render_time(struct buf *out, int64_t at_ns);
void render_date(struct buf *out, int64_t at_ns);

/* "cella/api"; only one of them when there is but one, or both are alike. */
void render_name(
    struct buf *out, const struct ident *ident, const struct report *r);

/* "signal 11 (SIGSEGV), core dumped"; "code 1"; "could not be executed". */
void render_exit(struct buf *out, const struct report *r);

/* "3, next in 8 s"; "3, at once"; "none" when there is no next life. */
void render_restart(struct buf *out, const struct report *r);

/*
 * What happened, in a few words: "crashed: SIGSEGV", "is in a crash loop: 10
 * failures", "gave up after 10 failures", "recovered", "could not start".
 */
void render_headline(struct buf *out, const struct report *r);

/*
 * The whole event in one line, for a notification: "cella/api [prod] crashed:
 * SIGSEGV after 42 s (restart 3, at once)".
 */
void render_summary(
    struct buf *out, const struct ident *ident, const struct report *r);

/* Why, in one sentence, with the place in the source when it is known. */
void render_why(struct buf *out, const struct report *r);

#endif
