#ifndef NOTIFY_OUTBOX_H
#define NOTIFY_OUTBOX_H

#include "notify/sink.h"
#include "remote/http.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One sink's queue of letters: in order, one request under way at a time,
 * retried, paced and dropped as the sink's rules say, bounded in number and in
 * age.  Every report that is taken is answered exactly once.
 */
struct outbox;

/* What became of a report here; the outbox does not touch it afterwards. */
typedef void outbox_answer(void *arg, struct report *r, enum sink_kind kind,
    enum sink_result result, const char *reason);

struct outbox_to {
	struct http_pool *pool;
	const struct ident *ident;
	const struct redact *set;
	outbox_answer *answer;
	void *arg;
};

/*
 * `to` is copied, what it points to stays the caller's and must outlive the
 * outbox, the pool excepted: free the pool first.  A url or token that cannot
 * be used is logged once (never shown), and everything taken is then answered
 * as failed.  0 or -ENOMEM.
 */
int outbox_new(enum sink_kind kind, const char *url, const char *token,
    const struct outbox_to *to, struct outbox **ret);

/* Wipes the credentials.  Letters still there are lost: outbox_close first. */
void outbox_free(struct outbox *o);

void outbox_take(struct outbox *o, struct report *r, int64_t now);

/* Start what can be started; when to call again if nothing else happens. */
int64_t outbox_step(struct outbox *o, int64_t now);

/*
 * Nothing is queued or under way, and no incident is open (notify/limit.h): a
 * courier that left now would forget what it has told people already.
 */
bool outbox_idle(const struct outbox *o);

/*
 * Hurry: digests go now, pauses of our own are over, and what cannot be tried
 * again before deadline is dropped at once.
 */
void outbox_flush(struct outbox *o, int64_t deadline);

/* Answer everything as dropped. */
void outbox_close(struct outbox *o);

#endif
