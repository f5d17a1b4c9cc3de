#include "core/role.h"

#include "core/buf.h"
#include "core/channel.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"
#include "core/secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int channel = CHANNEL_FD;
static const char *role_name;

/* Any message may carry a secret: each one is wiped once it has been used. */
static unsigned char received[WIRE_MESSAGE_MAX];
static size_t received_len;

/*
 * PID 1 alone decides when a helper ends, by closing its channel: a terminal's
 * Ctrl-C, or a hang-up that reaches the whole session, must not.  A terminal
 * with TOSTOP may not stop a helper that writes to it either.
 */
static const int ignored[] = { SIGPIPE, SIGTERM, SIGINT, SIGQUIT, SIGHUP,
	SIGTSTP, SIGTTIN, SIGTTOU };

static void
reset_signals(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &act, NULL);
	act.sa_handler = SIG_IGN;
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)sigaction(ignored[i], &act, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

void
role_begin(const char *name)
{
	const struct rlimit no_core = { 0, 0 };
	char title[16];

	role_name = name;
	log_setup(LOG_INFO, LOG_TEXT, name);
	(void)snprintf(title, sizeof(title), "cradle: %s", name);
	(void)prctl(PR_SET_NAME, title);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)prctl(PR_SET_DUMPABLE, 0);
	reset_signals();
}

void
role_use_channel(int fd)
{
	channel = fd;
}

int
role_channel(void)
{
	return channel;
}

static void
wipe_received(void)
{
	secret_wipe(received, received_len);
	received_len = 0;
}

/* The end of the last field is the end of what lies in the buffer. */
static void
note_len(const struct wire_msg *msg)
{
	const char *start = (const char *)received;
	received_len = WIRE_HEADER;
	for (size_t i = 0; i < WIRE_FIELDS_MAX; i++) {
		const struct wire_field *f = &msg->field[i];
		size_t end = f->ptr ? (size_t)(f->ptr - start) + f->len : 0;
		if (end > received_len)
			received_len = end;
	}
}

static bool
handled_here(const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	if (msg->type == WIRE_LOGGING) {
		log_setup((enum log_level)f[LOGGING_LEVEL].num,
		    (enum log_format)f[LOGGING_FORMAT].num, role_name);
		return true;
	}
	if (msg->type == WIRE_SETENV) {
		(void)setenv(f[SETENV_NAME].ptr, f[SETENV_VALUE].ptr, 1);
		return true;
	}
	return false;
}

static void
give_up(int err, const char *what)
{
	log_error(err, "cannot %s PID 1", what);
	_exit(EXITS_INTERNAL);
}

int
role_recv(int64_t deadline, struct wire_msg *ret)
{
	wipe_received();
	for (;;) {
		int r = fd_wait(channel, POLLIN, deadline);
		if (r < 0)
			give_up(r, "wait for");
		if (r == 0)
			return -ETIMEDOUT;
		r = wire_recv(channel, received, true, ret);
		if (r == 0)
			return 0;
		if (r == -EAGAIN)
			continue;
		if (r < 0)
			give_up(r, "understand");
		note_len(ret);
		if (!handled_here(ret))
			return 1;
		wipe_received();
	}
}

bool
role_tell(const struct wire_msg *msg)
{
	for (;;) {
		int r = wire_send(channel, msg);
		if (r == 0)
			return true;
		if (r == -EPIPE || r == -ECONNRESET)
			return false;
		if (r != -EAGAIN)
			give_up(r, "speak to");
		(void)fd_wait(channel, POLLOUT, NEVER);
	}
}

void
role_send(const struct wire_msg *msg)
{
	if (!role_tell(msg))
		_exit(EXITS_OK);
}

void
role_fail(int code, const char *fmt, ...)
{
	char memory[WIRE_TEXT_MAX];
	struct buf reason = BUF_ON(memory);
	va_list ap;

	va_start(ap, fmt);
	memory[0] = '\0';
	buf_vfmt(&reason, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < reason.len; i++)
		if (memory[i] == '\n' || memory[i] == '\r')
			memory[i] = ' ';
	role_send(&(struct wire_msg){
	    .type = WIRE_FAILED,
	    .fd = -1,
	    .field = {
		[FAILED_CODE] = WIRE_NUM(code),
		[FAILED_REASON] = WIRE_BIN(memory, reason.len),
	    },
	});
}

void
role_jail(const struct jail *jail)
{
	unsigned taken = 0;

	/* told, not sent: a role may have work left when PID 1 is gone */
	jail_enter(jail, &taken);
	(void)role_tell(&(struct wire_msg){
	    .type = WIRE_JAILED,
	    .fd = -1,
	    .field = { [JAILED_BITS] = WIRE_NUM(taken) },
	});
}
