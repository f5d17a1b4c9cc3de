#include "supervisor/opened.h"

#include "config/listen.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/handover.h"
#include "supervisor/init.h"
#include "supervisor/listener.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define EXTRA_MAX 16
#define EVERYBODY 0666 /* may connect, as systemd's sockets have it */

/* What the newest child is given. */
static struct {
	char *extra[EXTRA_MAX + 1];
	char count[24];
	char names[PLAN_LISTEN_MAX * 112];
} gift;

static struct held *
find(struct helds *helds, size_t group, const struct listen_at *at)
{
	struct endpoint e;
	if (endpoint_parse(&at->address, at->len, &e) < 0)
		return NULL;
	return held_at(helds, group, &e);
}

/* It may be open on 0.0.0.0 where the kernel has no IPv6. */
static struct held *
find_either(struct helds *helds, size_t group, struct listen_at at)
{
	struct held *held = find(helds, group, &at);
	if (held != NULL || !at.any)
		return held;
	listen_ipv4(&at);
	return find(helds, group, &at);
}

static struct held *
keep(struct helds *helds, size_t group, int fd)
{
	struct endpoint e;
	struct stat st;

	if (endpoint_of(fd, &e) < 0)
		return NULL;
	struct held *held = held_ask(helds, group, &e);
	if (held == NULL)
		return NULL;
	held_keep(held, fd);
	held->listening = true;
	held->given = true;
	const char *path = endpoint_path(&e);
	if (path == NULL)
		return held;
	(void)chmod(path, EVERYBODY);
	if (lstat(path, &st) == 0)
		held->file = st.st_ino;
	return held;
}

/* The socket of that address, which is opened unless it is held. */
static int
give_one(struct service *s, const char *text, int *ret_fd)
{
	struct helds *helds = &s->init->handover.helds;
	size_t group = s->plan->first;
	struct listen_at at;
	const char *why;

	if (listen_parse_socket(text, &at, &why) == -1)
		return -EINVAL;
	struct held *held = find_either(helds, group, at);
	if (held != NULL && held->fd == -1) {
		held_drop(held);
		held = NULL;
	}
	if (held == NULL) {
		autoclose int fd = listener_at(&at, 0, SOMAXCONN);
		if (fd < 0)
			return fd;
		held = keep(helds, group, fd);
		if (held == NULL)
			return -ENFILE;
		(void)TAKE_FD(fd);
	}
	handover_claim(held, s);
	*ret_fd = held->fd;
	return 0;
}

/* "3000" of a port, "api.sock" of a path, "api" of "@api". */
static void
add_name(struct buf *b, const char *text)
{
	const char *slash = strrchr(text, '/');
	const char *name = strrchr(text, ':');
	name = slash != NULL ? slash + 1 : name != NULL ? name + 1 : text;
	name += name[0] == '@';
	if (b->len > sizeof("LISTEN_FDNAMES=") - 1)
		buf_str(b, ":");
	for (; *name != '\0'; name++)
		buf_add(b, *name < ' ' || *name > '~' ? "_" : name, 1);
}

static void
tell(const struct plan_service *p, struct spawn *how)
{
	struct buf names = BUF_ON(gift.names);
	size_t n = 0;

	for (char *const *e = how->extra_env;
	     e != NULL && *e != NULL && n < EXTRA_MAX - 2; e++)
		gift.extra[n++] = *e;
	(void)snprintf(
	    gift.count, sizeof(gift.count), "LISTEN_FDS=%zu", p->listen_count);
	buf_str(&names, "LISTEN_FDNAMES=");
	for (size_t i = 0; i < p->listen_count; i++)
		add_name(&names, p->listen[i]);
	gift.extra[n++] = gift.count;
	gift.extra[n++] = gift.names;
	gift.extra[n] = NULL;
	how->extra_env = gift.extra;
	how->listen_pid = true;
}

int
opened_give(struct service *s, struct spawn *how)
{
	const struct plan_service *p = s->plan;

	for (size_t i = 0; i < p->listen_count; i++) {
		struct spawn_fd *to = &how->fds[SPAWN_FDS_OWN + i];
		int r = give_one(s, p->listen[i], &to->fd);
		if (r < 0) {
			log_error(r, "cannot listen on %s for %s", p->listen[i],
			    p->shown);
			return r;
		}
		to->target = OPENED_FIRST_FD + (int)i;
	}
	if (p->listen_count > 0)
		tell(p, how);
	return 0;
}

struct held *
opened_as(struct service *s, int64_t fd)
{
	int64_t i = fd - OPENED_FIRST_FD;
	struct listen_at at;
	const char *why;

	if (i < 0 || i >= (int64_t)s->plan->listen_count ||
	    listen_parse_socket(s->plan->listen[i], &at, &why) == -1)
		return NULL;
	struct held *held =
	    find_either(&s->init->handover.helds, s->plan->first, at);
	return held != NULL && held->fd != -1 ? held : NULL;
}
