#ifndef SUPERVISOR_OBITUARY_H
#define SUPERVISOR_OBITUARY_H

#include "core/event.h"
#include "core/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The events that wait for delivery: a fixed ring of PID 1's.  A crash first
 * waits a moment for its last words from the scribe, then for a courier, and is
 * kept until that courier has answered for every sink; a courier that dies is
 * told again (at least once, in order).  When the ring is full the oldest is
 * dropped, counted, and said.
 */

#define OBITUARIES_MAX 16
#define OBITUARY_TAIL_MAX 8192
#define OBITUARY_TAIL_WAIT_MS 500

struct obituary {
	int64_t id; /* counts up from 1; 0: free */
	enum event_kind kind;
	int64_t at_ns; /* wall clock */
	const char *service;
	int64_t pid;
	int exit_code;
	int exit_signal; /* 0: exited */
	bool core;
	bool oom;
	int exec_errno; /* 0: it was executed */
	int64_t uptime_ms;
	int64_t restart;
	int64_t restarts_max;
	int64_t next_ms;
	int64_t window;
	int64_t peak_bytes;
	int64_t cpu_ms;
	int64_t outage_ms;
	char reason[1024];

	/* last words: wanted of that slot, of lives up to that stream */
	bool tail_wanted;
	bool tail_asked;
	size_t slot;
	int64_t last_stream;
	int64_t tail_deadline;
	char out[OBITUARY_TAIL_MAX];
	char err[OBITUARY_TAIL_MAX];
	size_t out_len;
	size_t err_len;

	bool sent; /* to the courier that runs now */
};

struct obituaries {
	bool on; /* there is a sink */
	bool sink[SINK_COUNT];
	struct obituary ring[OBITUARIES_MAX];
	int64_t last_id;
	int64_t count[SINK_COUNT][SINK_RESULTS];
	int64_t overflowed;
};

/* The place of an id that was given lately: its text stays when it has left. */
const struct obituary *obituary_at(const struct obituaries *o, int64_t id);

/*
 * A new one of that kind, for now, to be filled in; NULL when no sink wants it.
 * Never refuses for lack of room.
 */
struct obituary *obituary_new(struct obituaries *o, enum event_kind kind);

/* Ask for the last words of a slot whose newest stream is last_stream. */
void obituary_want_tail(struct obituary *one, size_t slot, int64_t last_stream);

/* The oldest that waits for words and has not asked; NULL: none. */
struct obituary *obituary_to_ask(struct obituaries *o);

/* The question for one's last words, and the scribe's answer to it. */
void obituary_question(const struct obituary *one, struct wire_msg *ret);
void obituary_take_tail(struct obituaries *o, const struct wire_msg *tail);

/* Words that have not come by now are not waited for any more. */
void obituaries_expire(struct obituaries *o, int64_t now);

/* A new scribe: everything asked must be asked again. */
void obituaries_forget_asked(struct obituaries *o);

/* The oldest that was not sent and waits for nothing; NULL: none. */
struct obituary *obituary_to_send(struct obituaries *o);

/* A new courier: everything sent must be sent again. */
void obituaries_forget_sent(struct obituaries *o);

/* What became of one at one sink; done: nothing more will come of it. */
void obituary_result(
    struct obituaries *o, int64_t id, const struct wire_msg *result);

/* How many are kept; and when one stops waiting for its words. */
size_t obituaries_pending(const struct obituaries *o);
int64_t obituaries_deadline(const struct obituaries *o);

/* As COURIER_EVENT. */
void obituary_message(const struct obituary *one, struct wire_msg *ret);

#endif
