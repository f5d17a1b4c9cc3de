#include "supervisor/listening.h"

#include "core/fd.h"
#include "core/guard.h"
#include "supervisor/folder.h"
#include "supervisor/peek.h"
#include "supervisor/sockdiag.h"
#include "supervisor/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define SOCKETS_MAX 512
#define TABLE_BLOCKS 64 /* of the table that are read: listeners come first */
#define DEPTH_MAX 64
#define STATE_LISTEN 0x0a

static struct {
	pid_t leader;
	size_t count;
	ino_t inode[SOCKETS_MAX];
	uid_t uid[SOCKETS_MAX];
	bool found;
} look;

static void
take_listener(ino_t inode, uid_t uid)
{
	if (look.count == SOCKETS_MAX)
		return;
	look.inode[look.count] = inode;
	look.uid[look.count++] = uid;
}

static void
take_row(const char *row)
{
	unsigned state, uid;
	unsigned long inode;
	int n = sscanf(row,
	    " %*[0-9]: %*[0-9A-Fa-f]:%*x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x "
	    "%*x %u %*u %lu",
	    &state, &uid, &inode);
	if (n == 3 && state == STATE_LISTEN)
		take_listener(inode, (uid_t)uid);
}

/* Whole rows of text; the length of the unfinished one behind them. */
static size_t
take_rows(char *text)
{
	for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		take_row(text);
	}
	return strlen(text);
}

static void
read_table(const char *name)
{
	char path[48], text[4096];
	size_t have = 0;

	(void)snprintf(
	    path, sizeof(path), "/proc/%d/net/%s", (int)look.leader, name);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; fd != -1 && i < TABLE_BLOCKS; i++) {
		ssize_t n = read(fd, text + have, sizeof(text) - 1 - have);
		if (n <= 0)
			return;
		size_t all = have + (size_t)n;
		text[all] = '\0';
		have = take_rows(text);
		memmove(text, text + all - have, have);
		if (have == sizeof(text) - 1)
			return;
	}
}

/* Whether it shares our network, whose sockets we can ask the kernel for. */
static bool
is_at_home(pid_t pid)
{
	char path[32];
	struct stat ours, theirs;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat("/proc/self/ns/net", &ours) == 0 &&
	       stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

static void
find_listeners(void)
{
	look.count = 0;
	if (is_at_home(look.leader) && sockdiag_listeners(take_listener) == 0)
		return;
	look.count = 0;
	read_table("tcp");
	read_table("tcp6");
}

static bool
is_one_of_them(pid_t pid, pid_t parent)
{
	if (pid == look.leader || getsid(pid) == look.leader)
		return true;
	for (int i = 0; i < DEPTH_MAX && parent > 1; i++) {
		if (parent == look.leader)
			return true;
		parent = tree_parent(parent);
	}
	return false;
}

static bool
is_listener(const char *link)
{
	unsigned long inode;
	if (sscanf(link, "socket:[%lu]", &inode) != 1)
		return false;
	for (size_t i = 0; i < look.count; i++)
		if (look.inode[i] == inode)
			return true;
	return false;
}

static void
look_at_owner(pid_t pid)
{
	char path[24];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &st) == -1)
		return;
	for (size_t i = 0; i < look.count; i++)
		look.found |= look.uid[i] == st.st_uid;
}

/* One that we may not look into is judged by whose it is. */
static bool
look_at_descriptor(int dir, const char *name, void *arg)
{
	bool *closed = arg;
	char link[64];
	ssize_t n = readlinkat(dir, name, link, sizeof(link) - 1);
	if (n == -1 && (errno == EACCES || errno == EPERM))
		*closed = true;
	if (n <= 0)
		return true;
	link[n] = '\0';
	look.found |= is_listener(link);
	return !look.found;
}

static void
look_at_process(pid_t pid, pid_t parent, void *arg)
{
	bool closed = false;
	char path[32];

	(void)arg;
	if (look.found || !is_one_of_them(pid, parent))
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	int r = folder_list(path, look_at_descriptor, &closed);
	if (closed || r == -EACCES || r == -EPERM)
		look_at_owner(pid);
}

bool
listening_on_tcp(pid_t leader)
{
	look.leader = leader;
	look.found = false;
	find_listeners();
	if (look.count > 0 && tree_visit(look_at_process, NULL) < 0)
		look_at_owner(leader);
	return look.found;
}

static void
look_for_holder(pid_t pid, pid_t parent, void *arg)
{
	const ino_t *inode = arg;
	if (!look.found && is_one_of_them(pid, parent))
		look.found = peek_holds(pid, *inode);
}

bool
listening_holds(pid_t leader, ino_t inode)
{
	look.leader = leader;
	look.found = false;
	(void)tree_visit(look_for_holder, &inode);
	return look.found;
}
