#include "supervisor/peek.h"

#include "core/fd.h"
#include "core/guard.h"
#include "supervisor/folder.h"
#include "supervisor/guise.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

#define PEEK_FULL (PEEK_PATH + 48)
#define INFO_BLOCKS 256 /* of what an epoll(7) watches, that are read */

/* ---- memory ---- */

static int
read_by_file(pid_t tid, uint64_t address, void *data, size_t size)
{
	char path[32];
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -errno;
	ssize_t n = pread(fd, data, size, (off_t)address);
	/* what is no address there is no offset here, or one without a page */
	if (n == -1)
		return errno == EIO || errno == EINVAL ? -EFAULT : -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

static int
read_memory(pid_t tid, uint64_t address, void *data, size_t size)
{
	struct iovec to = { data, size };
	struct iovec from = { (void *)(uintptr_t)address, size };

	ssize_t n = process_vm_readv(tid, &to, 1, &from, 1, 0);
	if (n == -1)
		return -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

/* As ourselves first: that is enough nearly everywhere. */
int
peek_memory(pid_t tid, uint64_t address, void *data, size_t size)
{
	int r = read_memory(tid, address, data, size);
	if (r != -EPERM && r != -ENOSYS)
		return r;
	struct guise mine = guise_wear(tid);
	r = read_memory(tid, address, data, size);
	if (r == -EPERM || r == -ENOSYS)
		r = read_by_file(tid, address, data, size);
	guise_take_off(&mine);
	return r;
}

int
peek_text(pid_t tid, uint64_t address, char *text, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t len = 0; len < size;) {
		size_t part = page - (address + len) % page;
		if (part > size - len)
			part = size - len;
		int r = peek_memory(tid, address + len, text + len, part);
		if (r < 0)
			return r;
		if (memchr(text + len, '\0', part) != NULL)
			return 0;
		len += part;
	}
	return -ENAMETOOLONG;
}

/* ---- descriptors ---- */

static int
duplicate(pid_t pid, unsigned flags, int fd)
{
	autoclose int process = (int)syscall(SYS_pidfd_open, pid, flags);
	if (process == -1)
		return -errno;
	long copy = syscall(SYS_pidfd_getfd, process, fd, 0);
	return copy == -1 ? -errno : (int)copy;
}

static int
option_of(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);
	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

/* Where /proc does not name it. */
static bool
is_stream_itself(pid_t tid, int number)
{
	int r = peek_duplicate(tid, number);
	if (r < 0)
		return false;
	autoclose int fd = r;
	int protocol = option_of(fd, SO_PROTOCOL);
	return option_of(fd, SO_TYPE) == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP ||
		   protocol == IPPROTO_MPTCP);
}

/* What kind of socket it is, as the kernel names its protocol. */
static bool
is_stream(pid_t tid, int fd, const char *path)
{
	static const char *const streams[] = { "TCP", "TCPv6", "MPTCP",
		"MPTCPv6", "UNIX-STREAM" };
	char name[32];
	ssize_t n =
	    getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	if (n <= 0)
		return is_stream_itself(tid, fd);
	name[n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(streams); i++)
		if (strcmp(name, streams[i]) == 0)
			return true;
	return false;
}

static unsigned long
flags_of(pid_t tid, int fd)
{
	char path[48], text[256];
	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)tid, fd);
	if (fd_read_text(path, text, sizeof(text)) <= 0)
		return 0;
	const char *flags = strstr(text, "flags:");
	return flags == NULL ? 0 : strtoul(flags + 6, NULL, 8);
}

int
peek_socket(pid_t tid, int fd, struct peek_socket *ret)
{
	char path[48];
	struct stat st;
	struct guise mine = guise_wear(tid);

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, fd);
	int r = stat(path, &st) == -1 ? -errno : 0;
	if (r == 0 && !S_ISSOCK(st.st_mode))
		r = -ENOTSOCK;
	if (r == 0) {
		unsigned long flags = flags_of(tid, fd);
		*ret = (struct peek_socket){
			.inode = st.st_ino,
			.mode = st.st_mode & 07777,
			.stream = is_stream(tid, fd, path),
			.cloexec = (flags & O_CLOEXEC) != 0,
			.nonblock = (flags & O_NONBLOCK) != 0,
		};
	}
	guise_take_off(&mine);
	return r;
}

/* A path as that process means it, from the folder `dir` of its. */
static int
full_path(pid_t tid, int dir, const char *path, char full[PEEK_FULL])
{
	int n;

	if (path[0] == '/' || dir == AT_FDCWD)
		n = snprintf(full, PEEK_FULL, "/proc/%d/%s/%s", (int)tid,
		    path[0] == '/' ? "root" : "cwd", path);
	else
		n = snprintf(
		    full, PEEK_FULL, "/proc/%d/fd/%d/%s", (int)tid, dir, path);
	return n < PEEK_FULL ? 0 : -ENAMETOOLONG;
}

static int
status(pid_t tid, int dir, const char *path, int flags, struct stat *ret)
{
	char full[PEEK_FULL];
	int r = full_path(tid, dir, path, full);
	if (r < 0)
		return r;
	struct guise mine = guise_wear(tid);
	r = fstatat(AT_FDCWD, full, ret, flags) == -1 ? -errno : 0;
	guise_take_off(&mine);
	return r;
}

int
peek_status(pid_t tid, int dir, const char *path, struct stat *ret)
{
	return status(tid, dir, path, AT_SYMLINK_NOFOLLOW, ret);
}

int
peek_file(pid_t tid, const char *path, struct stat *ret)
{
	return status(tid, AT_FDCWD, path, 0, ret);
}

void
peek_unlink(pid_t tid, const char *path)
{
	char full[PEEK_FULL];

	if (full_path(tid, AT_FDCWD, path, full) < 0)
		return;
	struct guise mine = guise_wear(tid);
	(void)unlink(full);
	guise_take_off(&mine);
}

bool
peek_is_near(pid_t tid)
{
	char path[32];
	struct stat ours, theirs;
	struct guise mine = guise_wear(tid);

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)tid);
	bool near = stat("/proc/self/ns/net", &ours) == -1 ||
		    stat(path, &theirs) == -1 || ours.st_ino == theirs.st_ino;
	guise_take_off(&mine);
	return near;
}

static bool
is_same_file(pid_t tid, const char *name, const char *ours)
{
	char path[48];
	struct stat a, b;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	return stat(path, &a) == 0 && stat(ours, &b) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

bool
peek_is_at_home(pid_t tid)
{
	return !peek_is_other(tid) && is_same_file(tid, "root", "/") &&
	       is_same_file(tid, "ns/mnt", "/proc/self/ns/mnt");
}

mode_t
peek_umask(pid_t tid)
{
	char path[32], text[512];
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	const char *line = fd_read_text(path, text, sizeof(text)) <= 0
			       ? NULL
			       : strstr(text, "\nUmask:");
	mode_t mine = umask(0);
	(void)umask(mine);
	return line == NULL ? mine : (mode_t)strtoul(line + 7, NULL, 8);
}

bool
peek_is_other(pid_t tid)
{
	char path[32];
	struct stat st;
	(void)snprintf(path, sizeof(path), "/proc/%d", (int)tid);
	return stat(path, &st) == 0 && st.st_uid != geteuid();
}

static bool
is_the_same(pid_t tid, int number, int copy)
{
	char path[48];
	struct stat theirs, ours;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, number);
	return fstat(copy, &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

/* A thread shares its process's descriptors, but for one that has unshared
   them: only Linux 6.9 and later have a pidfd of that. */
static int
duplicate_of_thread(pid_t tid, int fd)
{
	pid_t process = peek_process(tid);
	int r = process <= 0 ? -ESRCH : duplicate(process, 0, fd);

	if (r < 0 || is_the_same(tid, fd, r))
		return r;
	(void)close(r);
	return duplicate(tid, PIDFD_THREAD, fd);
}

/* A number that is no process's, but a thread's, has no pidfd without that. */
int
peek_duplicate(pid_t tid, int fd)
{
	struct guise mine = guise_wear(tid);
	int r = duplicate(tid, 0, fd);

	if (r == -EINVAL || r == -ENOENT)
		r = duplicate_of_thread(tid, fd);
	if (r >= 0 && !is_the_same(tid, fd, r)) {
		(void)close(r);
		r = -EBADF;
	}
	guise_take_off(&mine);
	return r;
}

bool
peek_can_duplicate(void)
{
	return syscall(SYS_pidfd_open, 0, 0) == -1 && errno == EINVAL &&
	       syscall(SYS_pidfd_getfd, -1, 0, 0) == -1 && errno == EBADF;
}

struct search {
	ino_t inode;
	int from;
	int found; /* -1 */
};

/* The number that an entry of /proc/PID/fd stands for; -1: "." and "..". */
static int
number_of(const char *name)
{
	return name[0] >= '0' && name[0] <= '9' ? atoi(name) : -1;
}

/* The kernel lists them in the order of their numbers. */
static bool
is_another(int dir, const char *name, void *arg)
{
	struct search *search = arg;
	struct stat st;
	int number = number_of(name);

	if (number < search->from || fstatat(dir, name, &st, 0) == -1 ||
	    !S_ISSOCK(st.st_mode) || st.st_ino != search->inode)
		return true;
	search->found = number;
	return false;
}

int
peek_number(pid_t pid, ino_t inode, int from)
{
	struct search search = { .inode = inode, .from = from, .found = -1 };
	char path[32];
	struct guise mine = guise_wear(pid);

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	int r = folder_list(path, is_another, &search);
	guise_take_off(&mine);
	if (search.found != -1)
		return search.found;
	return r < 0 ? r : -ENOENT;
}

bool
peek_holds(pid_t pid, ino_t inode)
{
	return peek_number(pid, inode, 0) >= 0;
}

struct surroundings {
	pid_t tid;
	int fd;
	ino_t inode;
	struct peek_around *ret;
};

/* "tfd: 5 events: 80000019 data: 2a  pos:0 ino:2d1 sdev:8".  The number alone
   may be another file's: of who shares that epoll(7), or closed since. */
static void
take_watched(const struct surroundings *s, int epoll, const char *line)
{
	struct peek_epoll one = { .fd = epoll };
	unsigned long long data;
	unsigned long inode;
	int fd;
	int n = sscanf(line, "tfd: %d events: %x data: %llx pos:%*d ino:%lx",
	    &fd, &one.events, &data, &inode);

	if (n < 3 || fd != s->fd || s->ret->epolls == PEEK_EPOLLS ||
	    (n == 4 && s->inode != 0 && inode != s->inode))
		return;
	one.data = data;
	s->ret->epoll[s->ret->epolls++] = one;
}

/* Whole lines; the length of the unfinished one behind them. */
static size_t
take_lines(const struct surroundings *s, int epoll, char *text)
{
	for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		take_watched(s, epoll, text);
	}
	return strlen(text);
}

static void
look_at_epoll(const struct surroundings *s, int epoll)
{
	char path[64], text[4096];
	size_t have = 0;

	(void)snprintf(
	    path, sizeof(path), "/proc/%d/fdinfo/%d", (int)s->tid, epoll);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; fd != -1 && i < INFO_BLOCKS; i++) {
		ssize_t n = read(fd, text + have, sizeof(text) - 1 - have);
		if (n <= 0)
			return;
		size_t size = have + (size_t)n;
		text[size] = '\0';
		have = take_lines(s, epoll, text);
		memmove(text, text + size - have, have);
	}
}

static bool
look_around(int dir, const char *name, void *arg)
{
	const struct surroundings *s = arg;
	unsigned long inode;
	char link[64];
	int number = number_of(name);
	ssize_t n =
	    number == -1 ? 0 : readlinkat(dir, name, link, sizeof(link) - 1);

	if (n <= 0)
		return true;
	link[n] = '\0';
	if (strcmp(link, "anon_inode:[eventpoll]") == 0)
		look_at_epoll(s, number);
	else if (number != s->fd && s->ret->copies < PEEK_COPIES &&
		 sscanf(link, "socket:[%lu]", &inode) == 1 && inode == s->inode)
		s->ret->copy[s->ret->copies++] = number;
	return true;
}

void
peek_around(pid_t tid, int fd, ino_t inode, struct peek_around *ret)
{
	struct surroundings s = { tid, fd, inode, ret };
	char path[32];
	struct guise mine = guise_wear(tid);

	ret->epolls = 0;
	ret->copies = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)tid);
	(void)folder_list(path, look_around, &s);
	guise_take_off(&mine);
}

pid_t
peek_process(pid_t tid)
{
	char path[32], text[512];
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (fd_read_text(path, text, sizeof(text)) <= 0)
		return -1;
	const char *line = strstr(text, "\nTgid:");
	return line == NULL ? -1 : (pid_t)atoi(line + 6);
}
