#ifndef NOTIFY_REPORT_H
#define NOTIFY_REPORT_H

#include "core/event.h"
#include "core/redact.h"
#include "core/wire.h"
#include "notify/cause.h"
#include "notify/fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who speaks; absent text is "". */
struct ident {
	char app[WIRE_NAME_MAX + 1];
	char environment[WIRE_NAME_MAX + 1];
	char version[WIRE_NAME_MAX + 1];
	char host[WIRE_NAME_MAX + 1];
	char container[WIRE_NAME_MAX + 1];
	char ca_file[WIRE_TEXT_MAX + 1];
};

/*
 * One event as the sinks need it: decoded, redacted, cleaned and classified.
 * It belongs to every sink whose bit is in `open`; the last one to answer for
 * it frees it (courier.c).
 */
struct report {
	int64_t id;
	enum event_kind kind;
	int64_t at_ns;
	char service[WIRE_NAME_MAX + 1];
	int64_t pid;
	struct cause_death death;
	int64_t uptime_ms;
	int64_t restart;
	int64_t restarts_max;
	int64_t next_ms;
	int64_t window;
	int64_t cpu_ms;
	int64_t outage_ms;
	char *reason;
	char *out;
	size_t out_len;
	char *err;
	size_t err_len;

	struct cause cause;
	char fingerprint[FINGERPRINT_SIZE];
	unsigned open;                   /* sinks that owe an answer, bits */
	struct report *next[SINK_COUNT]; /* in the letter of that sink */
};

/* What is kept of the last crash, for what comes of it. */
struct report_memory {
	char service[WIRE_NAME_MAX + 1];
	int64_t pid;        /* 0: nothing yet */
	struct cause cause; /* without its stack */
	char fingerprint[FINGERPRINT_SIZE];
};

/* Take IDENT's fields. */
void report_ident(const struct wire_msg *msg, struct ident *ret);

/*
 * Make one from COURIER_EVENT; every text in it is masked with set, cleaned,
 * and masked again, for a value that terminal sequences had torn apart.
 * 0, or -ENOMEM.
 */
int report_new(
    const struct wire_msg *msg, const struct redact *set, struct report **ret);
void report_free(struct report *r);

/*
 * Let r, which brings no last words of its own, speak of the crash that it is
 * about: the same death (crash_loop, gave_up), or the service's last one
 * (recovered).  Others are left as they are.
 */
void report_borrow(struct report *r, const struct report_memory *last);
void report_remember(const struct report *r, struct report_memory *ret);

/* It was replaced for what it did not do, or did too much of: reason says. */
bool report_is_replaced(const struct report *r);

/* A life ended otherwise than it should. */
bool report_is_crash(const struct report *r);

/* A process ended: an exit, an uptime and last words belong to it. */
bool report_is_death(const struct report *r);

/* It has an exit code or a signal: the OOM killer may have left it alive. */
bool report_has_exit(const struct report *r);

#endif
