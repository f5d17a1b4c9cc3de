#include "control/control_cli.h"

#include "control/link.h"
#include "control/logs_cli.h"
#include "control/options.h"
#include "control/table.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"
#include "healthcheck/statusjson.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WATCH_MS 1000
#define TABLE_MAX (64 * 1024)

/* ---- status ---- */

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static bool
wants_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

static int
print(const char *data, size_t len)
{
	int r = fd_write_all(STDOUT_FILENO, data, len);
	if (r >= 0)
		return EXITS_OK;
	if (r != -EPIPE)
		log_error(r, "cannot print the status");
	return EXITS_OSERR;
}

static int
show(const struct options *o, const struct facts *f)
{
	static char memory[TABLE_MAX];
	struct reply reply;
	struct buf b = BUF_ON(memory);

	if (o->json) {
		statusjson_render(&reply, f);
		return print(reply.body.data, reply.body.len);
	}
	table_render(&b, f, clock_wall_ns() / 1000000, wants_colour());
	return print(b.data, b.len);
}

/* A picture is drawn over the last one, line by line: nothing flickers.  Lines
   that are too long are cut by the terminal meanwhile. */
#define DRAW_BEGIN "\033[?7l\033[H\033[2J"
#define DRAW_END "\033[?7h"

static int
redraw(const struct facts *f)
{
	static char table[TABLE_MAX], memory[TABLE_MAX];
	struct buf from = BUF_ON(table), b = BUF_ON(memory);

	table_render(&from, f, clock_wall_ns() / 1000000, wants_colour());
	buf_str(&b, "\033[H");
	for (const char *line = table, *end; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		buf_add(&b, line, (size_t)(end - line));
		buf_str(&b, "\033[K\n");
	}
	buf_str(&b, "\033[J");
	return print(b.data, b.len);
}

/* On a terminal the picture, in a pipe what has changed. */
static int
keep_watching(const struct options *o, bool terminal)
{
	static struct facts before;
	bool first = true;
	int r = EXITS_OK;

	(void)signal(SIGINT, on_interrupt);
	while (!interrupted && r == EXITS_OK) {
		const struct facts *f = link_facts();
		if (f == NULL)
			return EXITS_UNAVAILABLE;
		if (terminal)
			r = redraw(f);
		else if (first || !table_is_same(&before, f))
			r = show(o, f);
		before = *f;
		first = false;
		if (interrupted || r != EXITS_OK)
			break;
		(void)poll(NULL, 0, WATCH_MS);
		if (!interrupted)
			r = link_again();
	}
	return r;
}

static int
watch(const struct options *o)
{
	bool terminal = isatty(STDOUT_FILENO) && !o->json;

	if (terminal)
		(void)print(DRAW_BEGIN, sizeof(DRAW_BEGIN) - 1);
	int r = keep_watching(o, terminal);
	if (terminal)
		(void)print(DRAW_END, sizeof(DRAW_END) - 1);
	return r;
}

static int
status(const struct options *o)
{
	if (o->watch)
		return watch(o);
	const struct facts *f = link_facts();
	return f == NULL ? EXITS_UNAVAILABLE : show(o, f);
}

/* ---- verbs ---- */

/* PID 1 has the deadline; it is cradle's own end that may just close. */
static int
act(const struct options *o, int verb)
{
	const struct wire_msg question = { .type = WIRE_CONTROL_ASK,
		.serial = 1,
		.fd = -1,
		.field = {
		    [CONTROL_ASK_VERB] = WIRE_NUM(verb),
		    [CONTROL_ASK_SERVICE] = WIRE_STR(o->service),
		    [CONTROL_ASK_WAIT] = WIRE_NUM(!o->no_wait),
		} };
	int code = EXITS_OK;

	int r = link_ask(&question);
	while (r == 0) {
		struct wire_msg msg;
		int heard = link_hear(NEVER, &msg);
		if (heard != 1)
			return link_lost(heard);
		if (msg.type != WIRE_CONTROL_DONE)
			return link_lost(-EBADMSG);
		const char *text = msg.field[CONTROL_DONE_TEXT].ptr;
		if (msg.field[CONTROL_DONE_OK].num) {
			(void)printf("%s\n", text);
		} else {
			log_error(0, "%s", text);
			code = EXITS_PROBE;
		}
		if (msg.field[CONTROL_DONE_LAST].num)
			return fflush(stdout) == EOF ? EXITS_OSERR : code;
	}
	return link_lost(r);
}

int
control_cli_main(int argc, char *argv[])
{
	static const char *const verbs[WIRE_CONTROL_VERBS] = {
		[WIRE_CONTROL_RESTART] = "restart",
		[WIRE_CONTROL_RELOAD] = "reload",
		[WIRE_CONTROL_STOP] = "stop",
		[WIRE_CONTROL_START] = "start",
	};
	struct options o;

	int r = options_parse(argc, argv, &o);
	if (r != -1)
		return r;
	r = link_open(o.file);
	if (r != 0)
		return r;
	for (int verb = 0; verb < WIRE_CONTROL_VERBS; verb++)
		if (strcmp(verbs[verb], o.verb) == 0)
			return act(&o, verb);
	return strcmp(o.verb, "logs") == 0 ? logs_cli_print(&o) : status(&o);
}
