#include "supervisor/usage.h"

#include "core/fd.h"
#include "supervisor/init.h"
#include "supervisor/tree.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define DEPTH_MAX 64 /* of parents, before a process is nobody's */

struct reading {
	const struct init *init;
	struct usage *usage;
	long page;
	long tick;
};

struct stat_line {
	char state;
	int group, session;
	unsigned long user[2], kernel[2]; /* ticks: its own, its children's */
};

/* "pid (comm) S ppid pgrp session ...": comm may hold anything. */
static bool
read_stat(pid_t pid, struct stat_line *ret)
{
	char path[48], text[1024];
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fd_read_text(path, text, sizeof(text)) <= 0)
		return false;
	const char *at = strrchr(text, ')');
	return at != NULL &&
	       sscanf(at + 1,
		   " %c %*d %d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu "
		   "%lu",
		   &ret->state, &ret->group, &ret->session, &ret->user[0],
		   &ret->kernel[0], &ret->user[1], &ret->kernel[1]) == 7;
}

/* A service, or its second process: both have the same index. */
static const struct service *
with_pid(const struct init *init, pid_t pid)
{
	for (size_t i = 0; pid > 0 && i < init->services; i++) {
		const struct service *s = &init->service[i];
		const struct service *spare = standby_spare(s);
		if (s->pid == pid)
			return s;
		if (spare != NULL && spare->pid == pid)
			return spare;
	}
	return NULL;
}

static const struct service *
owner_of(const struct init *init, pid_t pid, const struct stat_line *stat)
{
	const struct service *s = with_pid(init, stat->session);
	if (s == NULL)
		s = with_pid(init, stat->group);
	for (int depth = 0; s == NULL && pid > 1 && depth < DEPTH_MAX;
	     depth++) {
		s = with_pid(init, pid);
		pid = tree_parent(pid);
	}
	return s;
}

static void
add_memory(const struct reading *r, pid_t pid, struct usage *u)
{
	char path[48], text[128];
	long resident = 0, shared = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (fd_read_text(path, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%*d %ld %ld", &resident, &shared) != 2)
		return;
	u->bytes += (int64_t)(resident - shared) * r->page;
	if ((int64_t)shared * r->page <= u->shared)
		return;
	u->bytes += (int64_t)shared * r->page - u->shared;
	u->shared = (int64_t)shared * r->page;
}

static void
read_one(pid_t pid, pid_t parent, void *arg)
{
	const struct reading *r = arg;
	struct stat_line stat;

	(void)parent;
	if (!read_stat(pid, &stat))
		return;
	const struct service *s = owner_of(r->init, pid, &stat);
	if (s == NULL)
		return;
	struct usage *u = &r->usage[s->index];
	u->processes++;
	u->zombies += stat.state == 'Z';
	u->cpu_ms += (int64_t)(stat.user[0] + stat.kernel[0] + stat.user[1] +
			       stat.kernel[1]) *
		     1000 / r->tick;
	int64_t before = u->bytes;
	add_memory(r, pid, u);
	if (s->spare_of != NULL)
		u->spare_bytes += u->bytes - before;
}

int
usage_read(const struct init *init, struct usage *ret)
{
	struct reading r = {
		.init = init,
		.usage = ret,
		.page = sysconf(_SC_PAGESIZE),
		.tick = sysconf(_SC_CLK_TCK),
	};
	memset(ret, 0, init->services * sizeof(*ret));
	return tree_visit(read_one, &r);
}
