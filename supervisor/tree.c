#include "supervisor/tree.h"

#include "core/fd.h"
#include "supervisor/folder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define KERNEL_EXITING 0x4 /* PF_EXITING, in proc_pid_stat(5)'s flags */
#define DEPTH_MAX 256      /* a chain of parents longer than this is a loop */

/* Of another namespace the pids there mean somebody else. */
bool
tree_is_seen(void)
{
	char link[16];
	ssize_t n = readlink("/proc/self", link, sizeof(link) - 1);
	if (n <= 0)
		return false;
	link[n] = '\0';
	return atoi(link) == getpid();
}

/* "pid (comm) S ppid": comm may hold anything, so look from the last ')'. */
pid_t
tree_parent(pid_t pid)
{
	char path[32], text[512];
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fd_read_text(path, text, sizeof(text)) <= 0)
		return -1;
	const char *close_paren = strrchr(text, ')');
	if (close_paren == NULL || strlen(close_paren) < 5)
		return -1;
	return (pid_t)atoi(close_paren + 4);
}

bool
tree_is_ending(pid_t pid)
{
	char path[32], text[512], state = 0;
	unsigned flags = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fd_read_text(path, text, sizeof(text)) <= 0)
		return false;
	const char *at = strrchr(text, ')');
	if (at == NULL ||
	    sscanf(at + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return false;
	return state == 'Z' || state == 'X' || (flags & KERNEL_EXITING) != 0;
}

static bool
descends_from_us(pid_t parent)
{
	pid_t self = getpid();
	for (int depth = 0; depth < DEPTH_MAX && parent > 0; depth++) {
		if (parent == self)
			return true;
		if (parent == 1)
			return false;
		parent = tree_parent(parent);
	}
	return false;
}

struct visit {
	tree_visitor *each;
	void *arg;
};

static bool
visit_one(int dir, const char *name, void *arg)
{
	const struct visit *visit = arg;
	pid_t pid = (pid_t)atoi(name);

	(void)dir;
	if (pid > 0 && pid != getpid())
		visit->each(pid, tree_parent(pid), visit->arg);
	return true;
}

int
tree_visit(tree_visitor *each, void *arg)
{
	struct visit visit = { each, arg };
	if (!tree_is_seen())
		return -ENOENT;
	return folder_list("/proc", visit_one, &visit);
}

struct count {
	tree_is_helper *is_helper;
	int children;
};

static void
count_child(pid_t pid, pid_t parent, void *arg)
{
	struct count *c = arg;
	if (parent == getpid() && !c->is_helper(pid))
		c->children++;
}

int
tree_children(tree_is_helper *is_helper)
{
	struct count c = { is_helper, 0 };
	return tree_visit(count_child, &c) < 0 ? -1 : c.children;
}

struct delivery {
	tree_is_helper *is_helper;
	int sig;
};

static void
signal_one(pid_t pid, pid_t parent, void *arg)
{
	const struct delivery *d = arg;
	if (!d->is_helper(pid) && descends_from_us(parent))
		(void)kill(pid, d->sig);
}

void
tree_signal(int sig, tree_is_helper *is_helper)
{
	struct delivery d = { is_helper, sig };
	if (tree_visit(signal_one, &d) < 0 && getpid() == 1)
		(void)kill(-1, sig);
}
