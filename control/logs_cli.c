#include "control/logs_cli.h"

#include "control/link.h"
#include "control/options.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/log.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLLOW_MS 250
#define ANSWER_MS 5000
#define KEPT_MAX (256 * 1024) /* a ring's text, with every secret masked */

/* One of the two channels, and how far it has been read. */
struct channel {
	unsigned number;
	int out;
	int64_t next;
	size_t len;
};

/* Of the first reading, before it is cut: stdout's and stderr's. */
static char kept[2][KEPT_MAX];

static struct channel channels[] = {
	{ .number = 1, .out = STDOUT_FILENO },
	{ .number = 2, .out = STDERR_FILENO },
};

/* 0, or the exit code with the reason said. */
static int
ask(const struct options *o, const struct channel *c, struct wire_msg *ret)
{
	const struct wire_msg question = { .type = WIRE_CONTROL_READ,
		.serial = 1,
		.fd = -1,
		.field = {
		    [CONTROL_READ_SERVICE] = WIRE_STR(o->service),
		    [CONTROL_READ_CHANNEL] = WIRE_NUM(c->number),
		    [CONTROL_READ_FROM] = WIRE_NUM(c->next),
		    [CONTROL_READ_LAST_TOO] = WIRE_NUM(!o->follow),
		} };
	int r = link_ask(&question);
	if (r < 0)
		return link_lost(r);
	r = link_hear(clock_ms() + ANSWER_MS, ret);
	if (r != 1)
		return link_lost(r);
	if (ret->type == WIRE_CONTROL_TEXT)
		return 0;
	if (ret->type != WIRE_CONTROL_DONE)
		return link_lost(-EBADMSG);
	log_error(0, "%s", ret->field[CONTROL_DONE_TEXT].ptr);
	return EXITS_PROBE;
}

static int
put(const struct channel *c, const char *text, size_t len)
{
	int r = fd_write_all(c->out, text, len);
	if (r >= 0)
		return 0;
	if (r != -EPIPE)
		log_error(r, "cannot print the log");
	return EXITS_OSERR;
}

/* Whoever lags behind a ring is told what he has missed. */
static int
pass_on(struct channel *c, const struct wire_msg *msg, bool keep)
{
	const struct wire_field *text = &msg->field[CONTROL_TEXT_TEXT];
	int64_t from = msg->field[CONTROL_TEXT_FROM].num;

	if (from > c->next && c->next > 0)
		log_warn(0,
		    "%lld bytes of %s are left out: too old, or one "
		    "long line",
		    (long long)(from - c->next),
		    c->number == 1 ? "stdout" : "stderr");
	c->next = msg->field[CONTROL_TEXT_NEXT].num;
	if (!keep)
		return put(c, text->ptr, text->len);
	if (text->len == 0)
		return 0;
	if (text->len > KEPT_MAX - c->len)
		c->len = 0;
	memcpy(kept[c->number - 1] + c->len, text->ptr, text->len);
	c->len += text->len;
	return 0;
}

static int
catch_up(const struct options *o, struct channel *c, bool keep)
{
	struct wire_msg msg = { 0 };
	do {
		int r = ask(o, c, &msg);
		if (r == 0)
			r = pass_on(c, &msg, keep);
		if (r != 0)
			return r;
	} while (msg.field[CONTROL_TEXT_MORE].num);
	return 0;
}

/* Where the last lines begin. */
static size_t
start_of_tail(const struct channel *c, int lines)
{
	size_t at = c->len;
	if (lines == 0)
		return at;
	for (int found = 0; at > 0; at--) {
		if (kept[c->number - 1][at - 1] != '\n' || at == c->len)
			continue;
		if (++found == lines)
			break;
	}
	return at;
}

static int
print_tail(const struct channel *c, int lines)
{
	size_t start = start_of_tail(c, lines);
	int r = put(c, kept[c->number - 1] + start, c->len - start);
	if (r == 0 && c->len > start && kept[c->number - 1][c->len - 1] != '\n')
		r = put(c, "\n", 1);
	return r;
}

int
logs_cli_print(const struct options *o)
{
	int r = 0;
	for (int i = 0; r == 0 && i < 2; i++)
		r = catch_up(o, &channels[i], true);
	for (int i = 0; r == 0 && i < 2; i++)
		r = print_tail(&channels[i], o->lines);
	while (o->follow && r == 0) {
		(void)poll(NULL, 0, FOLLOW_MS);
		r = link_again();
		for (int i = 0; r == 0 && i < 2; i++)
			r = catch_up(o, &channels[i], false);
	}
	return r;
}
