#include "supervisor/cgroup.h"

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define PATH_SIZE 512
#define UNLIMITED (INT64_C(1) << 60) /* version 1 says "none" with a number */

/* Stalls of 200 ms within 2 s: the window that every user may ask for. */
static const char pressure[] = "some 200000 2000000";

static struct {
	bool looked;
	bool second;          /* version 2 */
	char dir[PATH_SIZE];  /* "": unknown */
	char root[PATH_SIZE]; /* of the mount: the way up ends there */
} ours;

static bool
take_dir(const char *root, const char *path, size_t len, const char *witness)
{
	char file[PATH_SIZE + 64];
	(void)snprintf(ours.dir, sizeof(ours.dir), "%s%.*s", root, (int)len,
	    len == 1 ? "" : path);
	(void)snprintf(ours.root, sizeof(ours.root), "%s", root);
	(void)snprintf(file, sizeof(file), "%s/%s", ours.dir, witness);
	if (access(file, R_OK) == 0)
		return true;
	ours.dir[0] = '\0';
	return false;
}

/* The path behind "KEY:" on its line of /proc/self/cgroup; NULL: none. */
static const char *
path_of(const char *text, const char *key, size_t *ret_len)
{
	const char *at = strstr(text, key);
	if (at == NULL)
		return NULL;
	at += strlen(key);
	*ret_len = strcspn(at, "\n");
	return at;
}

static void
look(void)
{
	static const char first[] = "memory.usage_in_bytes";
	static const char second[] = "memory.current";
	char text[2048] = "";
	size_t len = 0;
	if (ours.looked)
		return;
	ours.looked = true;
	(void)fd_read_text("/proc/self/cgroup", text, sizeof(text));

	const char *path = path_of(text, "0::", &len);
	ours.second = true;
	if (path != NULL && take_dir("/sys/fs/cgroup", path, len, second))
		return;
	if (take_dir("/sys/fs/cgroup", "", 0, second))
		return;
	ours.second = false;
	path = path_of(text, ":memory:", &len);
	if (path == NULL)
		return;
	if (!take_dir("/sys/fs/cgroup/memory", path, len, first))
		(void)take_dir("/sys/fs/cgroup/memory", "", 0, first);
}

/* The number behind key in a file's text, or its first without a key. */
static int64_t
number_in(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line != NULL && *line != '\0';) {
		bool here = strncmp(line, key, len) == 0;
		const char *number = line + len + (len > 0);
		if (here && (len == 0 || line[len] == ' '))
			return *number >= '0' && *number <= '9' ? atoll(number)
								: -1;
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return -1;
}

static int64_t
read_number(const char *dir, const char *file, const char *key)
{
	char path[PATH_SIZE + 64], text[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (dir[0] == '\0' || fd_read_text(path, text, sizeof(text)) <= 0)
		return -1;
	return number_in(text, key);
}

static int
open_oom_counter(void)
{
	char path[PATH_SIZE + 64];

	look();
	if (ours.dir[0] == '\0')
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%s", ours.dir,
	    ours.second ? "memory.events" : "memory.oom_control");
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Asked at each death, before the next life begins: the file stays open. */
int64_t
cgroup_oom_kills(void)
{
	static int fd = -1;
	char text[4096];

	if (fd == -1)
		fd = open_oom_counter();
	ssize_t n = fd == -1 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return number_in(text, "oom_kill");
}

static int64_t
limit_on_the_way_up(void)
{
	char dir[PATH_SIZE];
	int64_t lowest = -1;
	(void)snprintf(dir, sizeof(dir), "%s", ours.dir);
	for (;;) {
		int64_t limit = read_number(dir, "memory.max", "");
		if (limit >= 0 && (lowest == -1 || limit < lowest))
			lowest = limit;
		char *slash = strrchr(dir, '/');
		if (strlen(dir) <= strlen(ours.root) || slash == NULL)
			return lowest;
		*slash = '\0';
	}
}

int64_t
cgroup_limit(void)
{
	look();
	if (ours.second)
		return limit_on_the_way_up();
	int64_t limit =
	    read_number(ours.dir, "memory.stat", "hierarchical_memory_limit");
	return limit >= UNLIMITED ? -1 : limit;
}

int64_t
cgroup_working_set(void)
{
	look();
	int64_t usage = read_number(ours.dir,
	    ours.second ? "memory.current" : "memory.usage_in_bytes", "");
	int64_t idle = read_number(ours.dir, "memory.stat",
	    ours.second ? "inactive_file" : "total_inactive_file");
	if (usage == -1 || idle == -1)
		return usage;
	return usage > idle ? usage - idle : 0;
}

static int
open_file(const char *name, int flags)
{
	char path[PATH_SIZE + 64];
	(void)snprintf(path, sizeof(path), "%s/%s", ours.dir, name);
	int fd = open(path, flags | O_CLOEXEC);
	return fd == -1 ? -errno : fd;
}

/* Pressure is "priority" data, which the event loop does not know: a poll of
   its own, which becomes readable. */
static int
pressure_alarm(void)
{
	autoclose int poll = -1;
	int fd = open_file("memory.pressure", O_RDWR | O_NONBLOCK);
	if (fd < 0)
		return fd;
	if (write(fd, pressure, sizeof(pressure)) == -1) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	poll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLPRI | EPOLLET };
	if (poll == -1 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == -1) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	/* fd stays open as long as we run: the trigger ends with it */
	return TAKE_FD(poll);
}

/* Version 1: a file's event, with what that file wants to be told. */
static int
event_alarm(const char *file, const char *argument)
{
	char line[96];
	int r = open_file(file, O_RDONLY);
	if (r < 0)
		return r;
	autoclose int watched = r;
	r = open_file("cgroup.event_control", O_WRONLY);
	if (r < 0)
		return r;
	autoclose int control = r;
	autoclose int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int len =
	    snprintf(line, sizeof(line), "%d %d %s", event, watched, argument);
	if (event == -1 || write(control, line, (size_t)len) == -1)
		return -EACCES;
	return TAKE_FD(event);
}

int
cgroup_alarm(int64_t bytes)
{
	char text[24];

	look();
	if (ours.dir[0] == '\0')
		return -ENOENT;
	if (ours.second)
		return pressure_alarm();
	(void)snprintf(text, sizeof(text), "%lld", (long long)bytes);
	return event_alarm("memory.usage_in_bytes", text);
}

void
cgroup_clear_alarm(int fd)
{
	uint64_t count;
	struct epoll_event event;
	if (ours.second)
		(void)epoll_wait(fd, &event, 1, 0);
	else
		(void)!read(fd, &count, sizeof(count));
}

static int
events_alarm(void)
{
	char path[PATH_SIZE + 64];
	autoclose int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd == -1)
		return -errno;
	(void)snprintf(path, sizeof(path), "%s/memory.events", ours.dir);
	if (inotify_add_watch(fd, path, IN_MODIFY) == -1)
		return -errno;
	return TAKE_FD(fd);
}

int
cgroup_oom_alarm(void)
{
	look();
	if (ours.dir[0] == '\0')
		return -ENOENT;
	return ours.second ? events_alarm()
			   : event_alarm("memory.oom_control", "");
}

void
cgroup_clear_oom_alarm(int fd)
{
	char events[512]; /* of either kind: equal ones become one */
	(void)!read(fd, events, sizeof(events));
}
