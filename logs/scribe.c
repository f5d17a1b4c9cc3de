#include "logs/scribe.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/jail.h"
#include "core/log.h"
#include "core/redact.h"
#include "core/role.h"
#include "core/secret.h"
#include "logs/flow.h"
#include "logs/tail.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAIL_LINES 50
#define TAIL_BYTES (WIRE_TAIL_MAX / 2)
#define READ_BYTES (WIRE_TAIL_MAX / 2) /* masked it may be longer */

/* PID 1 closes the channel as its last step and waits only a little longer. */
#define PARTING_MS 1000

_Static_assert(FLOW_SERVICES_MAX >= WIRE_SLOTS, "a count for each service");

static struct flow flow;
static struct redact *secrets;
static int64_t stop_at = NEVER;
static bool alone; /* PID 1 is gone: nobody to tell */

static void
die(int code, int err, const char *what)
{
	log_error(err, "cannot %s", what);
	_exit(code);
}

/* ---- what PID 1 is told ---- */

/* A closed channel is no reason to leave before the last byte has left. */
static void
tell(const struct wire_msg *msg)
{
	if (!alone && !role_tell(msg))
		alone = true;
}

static void
tell_count(unsigned service)
{
	tell(&(struct wire_msg){
	    .type = WIRE_SCRIBE_COUNT,
	    .fd = -1,
	    .field = {
		[SCRIBE_COUNT_SERVICE] = WIRE_NUM(service),
		[SCRIBE_COUNT_OUT_LINES] = WIRE_NUM(flow.lines[service][0]),
		[SCRIBE_COUNT_ERR_LINES] = WIRE_NUM(flow.lines[service][1]),
	    },
	});
}

static void
tell_end(struct flow *f, int64_t id, unsigned service)
{
	(void)f;
	tell_count(service);
	tell(&(struct wire_msg){
	    .type = WIRE_SCRIBE_EOF,
	    .fd = -1,
	    .field = { [SCRIBE_EOF_STREAM] = WIRE_NUM(id) },
	});
}

/*
 * All of the ring is masked before the tail is cut off, so that no cut goes
 * through a secret.  *ret_text is the heap text in which *ret lies.
 */
static void
last_words(
    unsigned service, unsigned channel, char **ret_text, struct wire_field *ret)
{
	static char words[RING_SIZE];
	char *text;
	size_t len;
	bool cut;

	size_t raw = ring_tail(&flow.ring, service, channel, words, &cut);
	int r = redact_text(secrets, words, raw, &text, &len);
	secret_wipe(words, raw);
	if (r < 0)
		die(EXITS_OSERR, r, "mask the secrets in the last words");
	size_t start = tail_start(text, len, cut, TAIL_LINES, TAIL_BYTES);
	*ret = (struct wire_field)WIRE_BIN(text + start, len - start);
	*ret_text = text;
}

static void
answer(unsigned service, uint32_t serial)
{
	struct wire_msg msg = {
		.type = WIRE_SCRIBE_TAIL,
		.serial = serial,
		.fd = -1,
	};
	char *out;
	char *err;

	if (service >= flow.ring.services)
		die(EXITS_INTERNAL, 0, "tell of a service without a ring");
	flow_drain(&flow, service);
	msg.field[SCRIBE_TAIL_SERVICE].num = service;
	last_words(service, 1, &out, &msg.field[SCRIBE_TAIL_OUT]);
	last_words(service, 2, &err, &msg.field[SCRIBE_TAIL_ERR]);
	tell_count(service);
	tell(&msg);
	free(out);
	free(err);
}

/* ---- readers ---- */

/*
 * Whole lines only, so that no cut goes through a secret: a line of a secret of
 * several is masked by itself.  A line that is longer than a piece is left out,
 * which its reader sees by the gap.
 */
struct piece {
	struct ring_span span;
	size_t start; /* of the first whole line in the buffer */
	size_t end;   /* of the last one */
	uint64_t next;
	bool more;
};

static size_t
last_newline(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] != '\n')
		len--;
	return len;
}

/* The byte before tells whether it begins with a line. */
static void
read_piece(unsigned service, const struct wire_field *f, struct piece *p)
{
	uint64_t from = (uint64_t)f[SCRIBE_READ_FROM].num;
	unsigned channel = (unsigned)f[SCRIBE_READ_CHANNEL].num;

	p->span.from = from > 0 ? from - 1 : 0;
	size_t held = ring_read(&flow.ring, service, channel, &p->span);
	uint64_t base = p->span.from;
	const char *newline = memchr(p->span.buf, '\n', held);
	p->more = base + held < p->span.end;
	p->start = held;
	bool whole = from == 0 && base == 0;
	if (whole)
		p->start = 0;
	else if (newline != NULL)
		p->start = (size_t)(newline - p->span.buf) + 1;
	p->end = last_newline(p->span.buf, held);
	if (!p->more && f[SCRIBE_READ_LAST_TOO].num)
		p->end = held;
	if (p->end <= p->start && p->more && p->start <= 1)
		p->start = held;
	if (p->end < p->start)
		p->end = p->start;
	p->next = base + p->end;
	if (!p->more && newline == NULL && !whole)
		p->next = from < p->span.end ? from : p->span.end;
}

static void
read_out(const struct wire_msg *question)
{
	static char raw[READ_BYTES];
	const struct wire_field *f = question->field;
	unsigned service = (unsigned)f[SCRIBE_READ_SERVICE].num;
	struct piece p = { .span = { .buf = raw, .size = sizeof(raw) } };
	char *text;
	size_t len;

	if (service >= flow.ring.services || f[SCRIBE_READ_CHANNEL].num < 1)
		die(EXITS_INTERNAL, 0, "read what has no ring");
	flow_drain(&flow, service);
	read_piece(service, f, &p);
	int r =
	    redact_text(secrets, raw + p.start, p.end - p.start, &text, &len);
	secret_wipe(raw, sizeof(raw));
	if (r < 0)
		die(EXITS_OSERR, r, "mask the secrets in the log");
	if (len > WIRE_TAIL_MAX)
		len = last_newline(text, WIRE_TAIL_MAX);
	tell(&(struct wire_msg){
	    .type = WIRE_SCRIBE_TEXT,
	    .serial = question->serial,
	    .fd = -1,
	    .field = {
		[SCRIBE_TEXT_FROM] =
		    WIRE_NUM((int64_t)(p.span.from + p.start)),
		[SCRIBE_TEXT_NEXT] = WIRE_NUM((int64_t)p.next),
		[SCRIBE_TEXT_MORE] = WIRE_NUM(p.more),
		[SCRIBE_TEXT_TEXT] = WIRE_BIN(text, len),
	    },
	});
	free(text);
}

/* ---- what PID 1 says ---- */

static void
take_ring(struct wire_msg *msg)
{
	autoclose int fd = msg->fd;
	size_t services = (size_t)msg->field[SCRIBE_RING_SERVICES].num;

	ring_detach(&flow.ring);
	int r = ring_attach(&flow.ring, fd, services);
	if (r < 0)
		die(EXITS_OSERR, r, "map the ring of last words");
}

static void
take_stream(const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;
	const struct flow_source source = {
		.id = f[SCRIBE_OPEN_STREAM].num,
		.service = (unsigned)f[SCRIBE_OPEN_SERVICE].num,
		.channel = (unsigned)f[SCRIBE_OPEN_CHANNEL].num,
		.fresh = f[SCRIBE_OPEN_FRESH].num != 0,
	};
	int r = flow_open(&flow, &source, msg->fd);
	if (r < 0)
		die(EXITS_INTERNAL, r, "use the stream that PID 1 gave");
}

static void
take_secret(const struct wire_msg *msg)
{
	const struct wire_field *f = &msg->field[SCRIBE_SECRET_VALUE];
	int r = redact_add(secrets, f->ptr, f->len);
	if (r < 0)
		die(EXITS_OSERR, r, "keep a value that must be masked");
}

static void
take(struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	if (msg->type == WIRE_SCRIBE_RING)
		take_ring(msg);
	else if (msg->type == WIRE_SCRIBE_OPEN)
		take_stream(msg);
	else if (msg->type == WIRE_SCRIBE_SECRET)
		take_secret(msg);
	else if (msg->type == WIRE_SCRIBE_ASK)
		answer((unsigned)f[SCRIBE_ASK_SERVICE].num, msg->serial);
	else if (msg->type == WIRE_SCRIBE_READ)
		read_out(msg);
	else if (msg->type == WIRE_SCRIBE_STOP)
		stop_at = clock_ms() + f[SCRIBE_STOP_DEADLINE_MS].num;
	else
		die(EXITS_INTERNAL, 0, "do what PID 1 asks for");
}

static void
take_all(void)
{
	struct wire_msg msg;
	int r;

	while ((r = role_recv(0, &msg)) == 1)
		take(&msg);
	if (r == 0)
		alone = true;
}

/* ---- the role ---- */

/* One wait, and what it brought. */
static void
turn(void)
{
	static struct pollfd polled[1 + FLOW_POLL_MAX];
	int64_t deadline = flow_deadline(&flow);

	if (stop_at < deadline)
		deadline = stop_at;
	polled[0] = (struct pollfd){ role_channel(), POLLIN, 0 };
	nfds_t count = flow_poll(&flow, polled + 1);
	if (poll(polled, 1 + count, clock_left(deadline)) == -1)
		return;
	flow_go_on(&flow, polled + 1, count);
	if (polled[0].revents != 0)
		take_all();
}

static bool
is_over(void)
{
	return alone || (stop_at != NEVER &&
			    (flow_is_empty(&flow) || clock_ms() >= stop_at));
}

/* True: go.  False: PID 1 is gone. */
static bool
set_up(void)
{
	struct wire_msg msg;

	while (role_recv(NEVER, &msg) == 1) {
		if (msg.type == WIRE_GO)
			return true;
		take(&msg);
	}
	alone = true;
	return false;
}

int
scribe_main(void)
{
	static const struct jail jail = {
		.give_up = JAIL_EXEC | JAIL_NET | JAIL_LISTEN | JAIL_CONNECT |
			   JAIL_OPEN | JAIL_WRITE | JAIL_ADMIN | JAIL_KILL,
	};

	int r = redact_new(&secrets);
	if (r < 0)
		die(EXITS_OSERR, r, "begin");
	flow.ended = tell_end;
	flow_setup(&flow, STDOUT_FILENO, STDERR_FILENO);
	if (set_up()) {
		role_jail(&jail);
		while (!is_over())
			turn();
	}
	flow_leave(&flow, clock_ms() + (alone ? PARTING_MS : 0));
	redact_free(secrets);
	ring_detach(&flow.ring);
	return EXITS_OK;
}
