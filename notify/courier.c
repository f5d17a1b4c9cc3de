#include "notify/courier.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"
#include "core/role.h"
#include "core/secret.h"
#include "notify/outbox.h"

#include <errno.h>
#include <string.h>

#define IDLE_MS 5000
#define CONNECTIONS 4

/*
 * Invariants: a report belongs to each outbox whose bit is set in its `open`
 * and is freed when the last bit goes; PID 1 hears DONE with that one.  The
 * loop waits in http_pool_turn only, so a service that hangs, an event that
 * comes and a deadline are all noticed at once.
 */
struct courier {
	struct ident ident;
	struct redact *set;
	struct http_pool *pool;
	struct outbox *outbox[SINK_COUNT];
	struct report_memory last_crash;
	int64_t busy_at; /* when there was last something to do */
	bool told_idle;
	int64_t flush_by; /* NEVER: not asked for */
};

/*
 * What must wait for the redaction set and the pool: sinks as they came.  One
 * without a URL is not configured.
 */
struct sink_wish {
	bool wanted;
	char url[WIRE_TEXT_MAX + 1];
	char token[WIRE_TEXT_MAX + 1];
};

/* ---- answers ---- */

static void
send_result(int64_t id, enum sink_kind kind, enum sink_result result, bool done,
    const char *reason)
{
	role_send(&(struct wire_msg){
	    .type = WIRE_COURIER_RESULT,
	    .fd = -1,
	    .field = {
		[COURIER_RESULT_ID] = WIRE_NUM(id),
		[COURIER_RESULT_SINK] = WIRE_NUM(kind),
		[COURIER_RESULT_RESULT] = WIRE_NUM(result),
		[COURIER_RESULT_DONE] = WIRE_NUM(done),
		[COURIER_RESULT_REASON] = WIRE_STR(reason),
	    },
	});
}

static void
on_answer(void *arg, struct report *r, enum sink_kind kind,
    enum sink_result result, const char *reason)
{
	(void)arg;
	r->open &= ~(1u << kind);
	send_result(r->id, kind, result, r->open == 0, reason);
	if (r->open == 0)
		report_free(r);
}

/* ---- setting up ---- */

/*
 * The credentials are secrets of cradle's own.  Of a webhook's URL the path
 * alone is one, too: that is how it would show up in somebody's error message.
 */
static int
mask(struct redact *set, const char *credential)
{
	return credential[0] == '\0'
		   ? 0
		   : redact_add(set, credential, strlen(credential));
}

/* Credentials come from files, too, with their newline. */
static void
copy_trimmed(const struct wire_field *f, char *ret, size_t size)
{
	span_copy(span_trim((struct span){ f->ptr, f->len }), ret, size);
}

static int
note_sink(const struct wire_field *f, struct redact *set,
    struct sink_wish wish[SINK_COUNT])
{
	struct sink_wish *w = &wish[f[COURIER_SINK_KIND].num];

	copy_trimmed(&f[COURIER_SINK_URL], w->url, sizeof(w->url));
	copy_trimmed(&f[COURIER_SINK_TOKEN], w->token, sizeof(w->token));
	w->wanted = w->url[0] != '\0';
	if (f[COURIER_SINK_KIND].num != SINK_SLACK)
		return mask(set, w->token);
	const char *host = strstr(w->url, "://");
	const char *path = host != NULL ? strchr(host + 3, '/') : NULL;
	int r = mask(set, w->url);
	return r < 0 || path == NULL ? r : mask(set, path);
}

/* Until GO: 0; the channel closed: 1; -errno. */
static int
take_setup(struct courier *c, struct sink_wish wish[SINK_COUNT])
{
	struct wire_msg msg;
	int r = 0;

	while (r == 0) {
		if (role_recv(NEVER, &msg) == 0)
			return 1;
		const struct wire_field *f = msg.field;
		if (msg.type == WIRE_GO)
			return 0;
		if (msg.type == WIRE_COURIER_IDENT)
			report_ident(&msg, &c->ident);
		else if (msg.type == WIRE_COURIER_SINK)
			r = note_sink(f, c->set, wish);
		else if (msg.type == WIRE_COURIER_SECRET)
			r = redact_add(c->set, f[COURIER_SECRET_VALUE].ptr,
			    f[COURIER_SECRET_VALUE].len);
		else
			r = -EPROTO;
	}
	return r;
}

static int
open_outboxes(struct courier *c, struct sink_wish wish[SINK_COUNT])
{
	const struct outbox_to to = {
		.pool = c->pool,
		.ident = &c->ident,
		.set = c->set,
		.answer = on_answer,
	};

	for (int k = 0; k < SINK_COUNT; k++) {
		if (!wish[k].wanted)
			continue;
		int r = outbox_new((enum sink_kind)k, wish[k].url,
		    wish[k].token, &to, &c->outbox[k]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
set_up(struct courier *c)
{
	static const struct jail jail = {
		.give_up = JAIL_EXEC | JAIL_LISTEN | JAIL_WRITE | JAIL_ADMIN |
			   JAIL_KILL,
	};
	size_t size = sizeof(struct sink_wish[SINK_COUNT]);
	autofree struct sink_wish *wish = calloc(1, size);

	if (wish == NULL)
		return -ENOMEM;
	int r = secret_setup();
	if (r == 0)
		r = redact_new(&c->set);
	if (r == 0)
		r = take_setup(c, wish);
	if (r == 0) {
		role_jail(&jail);
		r = http_pool_new(&c->pool, CONNECTIONS, c->ident.ca_file);
	}
	if (r == 0)
		r = open_outboxes(c, wish);
	secret_wipe(wish, size);
	return r;
}

/* The pool goes first: it reads the bodies that the outboxes hold. */
static void
tear_down(struct courier *c)
{
	http_pool_free(c->pool);
	for (int k = 0; k < SINK_COUNT; k++)
		outbox_free(c->outbox[k]);
	redact_free(c->set);
}

/* ---- events ---- */

static void
take_event(struct courier *c, const struct wire_msg *msg)
{
	int64_t id = msg->field[COURIER_EVENT_ID].num;
	int64_t now = clock_ms();
	struct report *r = NULL;
	unsigned open = 0;

	for (int k = 0; k < SINK_COUNT; k++)
		if (c->outbox[k] != NULL)
			open |= 1u << k;
	int err = open == 0 ? -ENODEV : report_new(msg, c->set, &r);
	if (err < 0) {
		send_result(id, SINK_SLACK, SINK_DROPPED, true,
		    open == 0 ? "no sink is configured" : "out of memory");
		return;
	}
	report_borrow(r, &c->last_crash);
	report_remember(r, &c->last_crash);
	r->open = open;
	/* an outbox may answer, and the last answer frees it */
	for (int k = 0; k < SINK_COUNT; k++)
		if (open & 1u << k)
			outbox_take(c->outbox[k], r, now);
}

static void
begin_flush(struct courier *c, int64_t left_ms)
{
	c->flush_by = clock_ms() + left_ms;
	for (int k = 0; k < SINK_COUNT; k++)
		if (c->outbox[k] != NULL)
			outbox_flush(c->outbox[k], c->flush_by);
}

static int
take_message(struct courier *c, const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	if (msg->type == WIRE_COURIER_EVENT) {
		take_event(c, msg);
		return 0;
	}
	if (msg->type == WIRE_COURIER_FLUSH) {
		begin_flush(c, f[COURIER_FLUSH_DEADLINE_MS].num);
		return 0;
	}
	if (msg->type == WIRE_COURIER_SECRET)
		return redact_add(c->set, f[COURIER_SECRET_VALUE].ptr,
		    f[COURIER_SECRET_VALUE].len);
	return -EPROTO;
}

/* ---- the loop ---- */

static int64_t
step_all(struct courier *c, int64_t now)
{
	int64_t next = NEVER;

	for (int k = 0; k < SINK_COUNT; k++) {
		if (c->outbox[k] == NULL)
			continue;
		if (now >= c->flush_by)
			outbox_close(c->outbox[k]);
		next = clock_earlier(next, outbox_step(c->outbox[k], now));
	}
	return next;
}

static bool
all_idle(const struct courier *c)
{
	for (int k = 0; k < SINK_COUNT; k++)
		if (c->outbox[k] != NULL && !outbox_idle(c->outbox[k]))
			return false;
	return true;
}

/* Tell PID 1 once when there was nothing to do for a while. */
static int64_t
mind_idleness(struct courier *c, int64_t now)
{
	if (!all_idle(c)) {
		c->busy_at = now;
		c->told_idle = false;
		return NEVER;
	}
	if (c->told_idle)
		return NEVER;
	if (now < c->busy_at + IDLE_MS)
		return c->busy_at + IDLE_MS;
	role_send(&(struct wire_msg){ .type = WIRE_COURIER_IDLE, .fd = -1 });
	c->told_idle = true;
	return NEVER;
}

/* Until PID 1 closes the channel: 0; or -errno. */
static int
work(struct courier *c)
{
	struct wire_msg msg;

	for (;;) {
		int64_t now = clock_ms();
		int64_t next = step_all(c, now);
		next = clock_earlier(next, mind_idleness(c, now));
		if (now < c->flush_by)
			next = clock_earlier(next, c->flush_by);
		if (!http_pool_turn(c->pool, next, role_channel()))
			continue;
		int r = role_recv(clock_ms(), &msg);
		if (r == 0)
			return 0;
		if (r == 1)
			r = take_message(c, &msg);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		c->busy_at = clock_ms();
		c->told_idle = false;
	}
}

int
courier_main(void)
{
	static struct courier c = { .flush_by = NEVER };

	c.busy_at = clock_ms();
	int r = set_up(&c);
	if (r == 0)
		r = work(&c);
	tear_down(&c);
	if (r >= 0)
		return EXITS_OK;
	role_fail(EXITS_INTERNAL, "courier: cannot go on: %s", strerror(-r));
	return EXITS_INTERNAL;
}
