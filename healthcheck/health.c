#include "healthcheck/health.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/log.h"
#include "core/role.h"
#include "healthcheck/facts.h"
#include "healthcheck/probe.h"
#include "healthcheck/rss.h"
#include "healthcheck/server.h"

#include <errno.h>
#include <signal.h>

static struct watch watch;
static int exit_status = EXITS_OK;

/* False: PID 1 said something that this role has no ear for. */
static bool
take(const struct wire_msg *msg)
{
	int64_t now = clock_ms();

	if (msg->type == WIRE_HEALTH_LISTEN)
		server_listen(msg->fd);
	else if (msg->type == WIRE_HEALTH_PROBE)
		probe_start(msg, now);
	else if (msg->type == WIRE_HEALTH_UNPROBE)
		probe_stop(msg);
	else if (msg->type < WIRE_HEALTH_STATE || msg->type > WIRE_HEALTH_END)
		return false;
	else if (facts_take(msg, now))
		server_wake(true, now);
	return true;
}

/* False: this role is over, with exit_status. */
static bool
understand(const struct wire_msg *msg)
{
	if (take(msg))
		return true;
	log_error(
	    0, "cannot understand PID 1: it sent %s", wire_name(msg->type));
	exit_status = EXITS_INTERNAL;
	return false;
}

static bool
set_up(void)
{
	struct wire_msg msg;
	while (role_recv(NEVER, &msg) == 1) {
		if (msg.type == WIRE_GO)
			return true;
		if (!understand(&msg))
			return false;
	}
	return false;
}

/* As many messages as are there; false when the channel is closed. */
static bool
hear_init(void)
{
	struct wire_msg msg;
	for (;;) {
		int r = role_recv(0, &msg);
		if (r == -ETIMEDOUT)
			return true;
		if (r == 0 || !understand(&msg))
			return false;
	}
}

static bool
turn(void)
{
	int64_t now = clock_ms();

	watch_clear(&watch);
	short wanted = POLLIN | (probe_has_news() ? POLLOUT : 0);
	int channel = watch_add(&watch, role_channel(), wanted);
	server_watch(&watch, now);
	probe_watch(&watch);
	watch_wait(
	    &watch, clock_earlier(facts_deadline(),
			clock_earlier(server_deadline(now), probe_deadline())));

	short happened = watch_events(&watch, channel);
	if ((happened & ~POLLOUT) && !hear_init())
		return false;
	if (happened & POLLOUT)
		probe_tell();
	now = clock_ms();
	if (facts_failed(now))
		server_wake(false, now);
	server_turn(&watch, now);
	probe_turn(&watch, now);
	return true;
}

int
health_main(void)
{
	static const struct jail jail = {
		.give_up =
		    JAIL_EXEC | JAIL_OPEN | JAIL_WRITE | JAIL_ADMIN | JAIL_KILL,
	};

	(void)signal(SIGPIPE, SIG_IGN);
	rss_open();
	if (!set_up())
		return exit_status;
	role_jail(&jail);
	while (turn())
		;
	return exit_status;
}
