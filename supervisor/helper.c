#include "supervisor/helper.h"

#include "core/channel.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "core/signame.h"
#include "supervisor/init.h"
#include "supervisor/spawn.h"
#include "supervisor/talk.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define TAKE_AT_ONCE 64 /* messages per wake-up, so that none is starved */
#define LEAVE_MS 1000   /* from a closed channel to SIGKILL */

static const struct backoff_rules rules = {
	.first_ms = 100,
	.max_ms = 5000,
	.stable_ms = 10000,
	.window_ms = 60000,
	.window_count = BACKOFF_WINDOW_MAX,
};

static unsigned char inbox[WIRE_MESSAGE_MAX];

static void
close_channel(struct helper *h)
{
	if (h->channel == -1)
		return;
	ev_io_stop(h->init->loop, &h->io);
	(void)close(h->channel);
	h->channel = -1;
	h->kill_at = clock_ms() + LEAVE_MS;
}

static void
watch(struct helper *h, int events)
{
	ev_io_stop(h->init->loop, &h->io);
	ev_io_set(&h->io, h->channel, events);
	ev_io_start(h->init->loop, &h->io);
}

/* What it sent may have held a secret: leave nothing of it behind. */
static int
take_one(struct helper *h)
{
	struct wire_msg msg;
	int r = wire_recv(h->channel, inbox, false, &msg);
	if (r == -EBADMSG)
		secret_wipe(inbox, WIRE_MESSAGE_MAX);
	if (r != 1)
		return r;
	if (msg.type == WIRE_JAILED)
		h->jail = (unsigned)msg.field[JAILED_BITS].num;
	else
		h->talk->take(h->init, &msg);
	if (msg.fd != -1)
		(void)close(msg.fd);
	if (msg.type == WIRE_FETCH_VALUE)
		secret_wipe(inbox, WIRE_MESSAGE_MAX);
	return 1;
}

static void
on_channel(struct ev_loop *loop, struct ev_io *io, int events)
{
	(void)loop;
	struct helper *h = container_of(io, struct helper, io);
	int r = 1;

	if (events & EV_WRITE) {
		h->stuck = false;
		watch(h, EV_READ);
	}
	for (int n = 0; r == 1 && n < TAKE_AT_ONCE && h->channel != -1; n++)
		r = take_one(h);
	if (r == 1 || r == -EAGAIN || h->channel == -1)
		return;
	if (r < 0) {
		log_warn(r, "%s sent garbage and is killed", h->talk->name);
		(void)kill(h->pid, SIGKILL);
	}
	close_channel(h);
}

void
helper_setup(struct helper *h, struct init *init, const struct talk *t)
{
	h->talk = t;
	h->init = init;
	h->channel = -1;
	h->kill_at = NEVER;
	ev_init(&h->io, on_channel);
}

void
helper_adopt(struct helper *h, const struct talk *t)
{
	h->talk = t;
	h->channel = -1;
	h->ready = false;
	h->stuck = false;
	h->kill_at = h->pid != 0 ? clock_ms() + LEAVE_MS : NEVER;
	ev_init(&h->io, on_channel);
}

static void
retry_later(struct helper *h)
{
	int64_t now = clock_ms();
	h->retry_at = now + backoff_next(&h->row, &rules, now - h->born_ms,
				init_noise(h->init));
}

static void
start(struct helper *h)
{
	int ours, theirs;
	char *argv[] = { "cradle:", (char *)(uintptr_t)h->talk->name, NULL };
	char *envp[] = { NULL };

	h->born_ms = clock_ms();
	int r = channel_open(&ours, &theirs);
	if (r < 0) {
		log_warn(r, "cannot make a channel for %s", h->talk->name);
		retry_later(h);
		return;
	}
	struct spawn s = {
		.argv = argv,
		.envp = envp,
		.home = h->init->inherit.home,
		.self = h->init->self_fd,
		.channel = theirs,
		.out = -1,
		.err = -1,
		.mask = &h->init->signals.mask,
		.ignored = &h->init->signals.ignored,
	};
	enum spawn_step step;
	pid_t pid = spawn_process(&s, &step);
	(void)close(theirs);
	if (pid < 0) {
		(void)close(ours);
		log_warn(pid, "%s: %s", h->talk->name, spawn_step_name(step));
		retry_later(h);
		return;
	}
	h->pid = pid;
	h->channel = ours;
	h->starts++;
	h->step = 0;
	h->ready = false;
	h->stuck = false;
	h->kill_at = NEVER;
	watch(h, EV_READ);
}

/*
 * A value that breaks a limit of the wire would break it again: it is left out,
 * and a boot that depends on it fails.
 */
static bool
skip_message(struct helper *h, const struct wire_msg *msg)
{
	char text[160];
	(void)snprintf(text, sizeof(text),
	    "cannot tell %s all that it needs: a value of %s is too long",
	    h->talk->name, wire_name(msg->type));
	if (h->init->boot.state == BOOT_PREPARING)
		boot_fail(h->init, EXITS_CONFIG, text);
	else
		log_error(0, "%s", text);
	return true;
}

bool
helper_send(struct helper *h, const struct wire_msg *msg)
{
	if (h->channel == -1 || h->stuck)
		return false;
	int r = wire_send(h->channel, msg);
	if (r == 0)
		return true;
	if (r == -EAGAIN) {
		h->stuck = true;
		watch(h, EV_READ | EV_WRITE);
		return false;
	}
	if (r == -EINVAL || r == -EMSGSIZE)
		return skip_message(h, msg);
	if (r != -EPIPE && r != -ECONNRESET)
		log_warn(r, "cannot send %s to %s", wire_name(msg->type),
		    h->talk->name);
	close_channel(h);
	return false;
}

static void
say_setup(struct helper *h)
{
	while (!h->ready && h->channel != -1 && !h->stuck) {
		struct wire_msg msg = { .fd = -1 };
		bool more = true;
		if (h->step == 0)
			talk_say_logging(h->init, &msg);
		else
			more = h->talk->say(h->init, h->step - 1, &msg);
		if (!more)
			msg = (struct wire_msg){ .type = WIRE_GO, .fd = -1 };
		if (!helper_send(h, &msg))
			return;
		h->step++;
		h->ready = !more;
	}
}

/*
 * LOGGING and GO frame every role's own setup, which may tell secrets: they can
 * be read while it is said.
 */
static void
speak(struct helper *h)
{
	if (h->ready || h->channel == -1 || h->stuck)
		return;
	environment_show(&h->init->environment);
	say_setup(h);
	environment_hide(&h->init->environment);
}

void
helper_turn(struct helper *h)
{
	if (!h->wanted) {
		close_channel(h);
	} else if (h->pid == 0 && clock_ms() >= h->retry_at) {
		start(h);
	}
	if (h->pid != 0 && h->channel == -1 && clock_ms() >= h->kill_at) {
		(void)kill(h->pid, SIGKILL);
		h->kill_at = NEVER;
	}
	speak(h);
	if (h->ready && h->channel != -1 && !h->stuck && h->talk->pump != NULL)
		h->talk->pump(h->init);
}

int64_t
helper_deadline(const struct helper *h)
{
	if (h->pid != 0)
		return h->channel == -1 ? h->kill_at : NEVER;
	return h->wanted ? h->retry_at : NEVER;
}

/*
 * Its death may be seen before its last messages are: they count.  It is dead,
 * so there is an end to them.
 */
static void
take_rest(struct helper *h)
{
	while (h->channel != -1 && take_one(h) == 1)
		;
}

void
helper_died(struct helper *h, int status)
{
	take_rest(h);
	if (h->wanted) {
		if (WIFSIGNALED(status))
			log_warn(0, "%s died of %s and is started again",
			    h->talk->name, signame(WTERMSIG(status)));
		else
			log_warn(0,
			    "%s ended with code %d and is started again",
			    h->talk->name, WEXITSTATUS(status));
		retry_later(h);
	}
	close_channel(h);
	h->pid = 0;
	h->ready = false;
	h->kill_at = NEVER;
}

void
helper_release(struct helper *h)
{
	h->wanted = false;
	close_channel(h);
}
