#include "control/link.h"

#include "config/address.h"
#include "config/plan.h"
#include "core/clock.h"
#include "core/control_at.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"
#include "core/role.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_MS 3000

static int link_fd = -1;
static char found_at[CONTROL_AT_SIZE];
static bool named; /* by who asks: then he trusts it */
static unsigned char inbox[WIRE_MESSAGE_MAX];
static char looked[3 * CONTROL_AT_SIZE]; /* where nobody answered */
static bool denied;                      /* ... and one would not let us in */

/* Root may ask a cradle that runs as somebody else: whoever PID 1 is. */
static uid_t
uid_of_init(void)
{
	char text[2048];
	unsigned long uid = 0;
	if (fd_read_text("/proc/1/status", text, sizeof(text)) > 0) {
		const char *line = strstr(text, "\nUid:");
		if (line != NULL)
			uid = strtoul(line + 5, NULL, 10);
	}
	return (uid_t)uid;
}

/* A squatter at a name of everybody's must not pass for cradle. */
static bool
is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return geteuid() == 0 && (named || peer.uid == uid_of_init());
}

static void
remember(const char *name, int err)
{
	size_t len = strlen(looked);
	denied = denied || err == EACCES || err == EPERM;
	if (strstr(looked, name) == NULL)
		(void)snprintf(looked + len, sizeof(looked) - len, "%s%s",
		    len > 0 ? ", " : "", name);
}

static bool
try(const char *name)
{
	struct sockaddr_un at;
	int len = control_at_address(name, &at);
	if (len < 0) {
		remember(name, EINVAL);
		return false;
	}
	autoclose int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (const void *)&at, (socklen_t)len) == -1) {
		remember(name, errno);
		return false;
	}
	if (!is_trusted(fd)) {
		remember(name, EPERM);
		return false;
	}
	link_fd = TAKE_FD(fd);
	(void)snprintf(found_at, sizeof(found_at), "%s", name);
	role_use_channel(link_fd);
	return true;
}

static bool
try_usual(uid_t uid)
{
	char name[CONTROL_AT_SIZE];
	for (unsigned i = 0; i < CONTROL_AT_NAMES; i++) {
		control_at_name(i, uid, name);
		if (try(name))
			return true;
	}
	return false;
}

/* The configuration's, or "".  What is wrong with it is PID 1's to say. */
static const char *
configured(const char *file)
{
	char *some_command[] = { (char[]){ "cradle" }, NULL };
	struct plan_error error;
	struct plan *plan;

	(void)setenv("CRADLE_LOG", "error", 1);
	if (plan_load(file, NULL, environ, &plan, &error) == -1 &&
	    plan_load(file, some_command, environ, &plan, &error) == -1)
		return "";
	return plan->control;
}

/* A relative path would be another one for each that resolves it. */
static int
refuse(const char *name)
{
	if (strcmp(name, "off") == 0) {
		log_error(0, "cannot ask cradle: its control socket is off "
			     "(see control in cradle.json, CRADLE_CONTROL)");
		return EXITS_UNAVAILABLE;
	}
	const char *why =
	    name[0] == '\0' ? NULL : address_control_refused(name);
	if (why == NULL)
		return 0;
	log_error(0,
	    "cannot ask cradle: CRADLE_CONTROL must be a path or \"@name\" "
	    "such "
	    "as \"/run/cradle.sock\"; this one %s",
	    why);
	return EXITS_CONFIG;
}

int
link_open(const char *file)
{
	const char *name = getenv("CRADLE_CONTROL");

	if (name == NULL || name[0] == '\0')
		name = configured(file);
	int code = refuse(name);
	if (code != 0)
		return code;
	named = name[0] != '\0';
	bool found = name[0] != '\0' ? try(name) : try_usual(geteuid());
	if (!found && name[0] == '\0' && geteuid() == 0 && uid_of_init() != 0)
		found = try_usual(uid_of_init());
	if (found)
		return 0;
	log_error(0, "cannot ask cradle: %s at %s (%s)",
	    denied ? "may not speak with it" : "none answers", looked,
	    denied ? "only root and its own user may"
		   : "does it run here? CRADLE_CONTROL names another place");
	return EXITS_UNAVAILABLE;
}

int
link_again(void)
{
	char name[CONTROL_AT_SIZE];

	memcpy(name, found_at, sizeof(name));
	(void)close(link_fd);
	link_fd = -1;
	return try(name) ? 0 : link_lost(0);
}

int
link_ask(const struct wire_msg *msg)
{
	return wire_send(link_fd, msg);
}

int
link_hear(int64_t deadline, struct wire_msg *ret)
{
	for (;;) {
		int r = wire_recv(link_fd, inbox, true, ret);
		if (r != -EAGAIN)
			return r;
		r = fd_wait(link_fd, POLLIN, deadline);
		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
}

int
link_lost(int r)
{
	if (r == 0)
		log_error(0, "cannot go on: cradle has closed the connection "
			     "(it ended, or too many ask at once)");
	else
		log_error(r, "cannot go on: cradle does not answer");
	return EXITS_UNAVAILABLE;
}

const struct facts *
link_facts(void)
{
	int64_t deadline = clock_ms() + ANSWER_MS;
	struct wire_msg msg;
	int r;

	(void)facts_failed(NEVER - 1);
	facts_ask(clock_ms());
	while ((r = link_hear(deadline, &msg)) == 1) {
		int64_t now = clock_ms();
		if (facts_take(&msg, now))
			return facts_at(now);
	}
	(void)link_lost(r);
	return NULL;
}
