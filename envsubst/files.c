#include "envsubst/files.h"

#include "core/clock.h"
#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

#define LOCK_RETRY_MS 20

static int
result(int r)
{
	return r == -1 ? -errno : 0;
}

static int
opened(int fd, int *ret_fd)
{
	if (fd == -1)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int
files_open_root(const char *path, int *ret_fd)
{
	return opened(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret_fd);
}

int
files_open_dir(int at, const char *name, int *ret_fd)
{
	return opened(
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
	    ret_fd);
}

static int
open_plain(int at, const char *name, int flags, int *ret_fd, struct stat *ret)
{
	struct stat st;
	autoclose int fd = openat(
	    at, name, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	*ret = st;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
files_open_read(int at, const char *name, int *ret_fd, struct stat *ret)
{
	return open_plain(at, name, O_NOFOLLOW, ret_fd, ret);
}

int
files_open_named(const char *path, int *ret_fd, struct stat *ret)
{
	return open_plain(AT_FDCWD, path, 0, ret_fd, ret);
}

int
files_create(int at, const char *name, mode_t mode, int *ret_fd)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int r = opened(openat(at, name, flags, mode), ret_fd);
	if (r != -EEXIST)
		return r;
	r = files_remove(at, name);
	if (r < 0)
		return r;
	return opened(openat(at, name, flags, mode), ret_fd);
}

ssize_t
files_read(int fd, void *buf, size_t size)
{
	ssize_t n;
	do
		n = read(fd, buf, size);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : n;
}

ssize_t
files_read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	ssize_t n;
	do
		n = pread(fd, buf, size, (off_t)offset);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -errno : n;
}

int
files_write(int fd, const void *data, size_t len)
{
	return fd_write_all(fd, data, len);
}

int
files_stat(int fd, struct stat *ret)
{
	return result(fstat(fd, ret));
}

int
files_stat_at(int at, const char *name, struct stat *ret)
{
	return result(fstatat(at, name, ret, AT_SYMLINK_NOFOLLOW));
}

int
files_make_dir(int at, const char *name, mode_t mode)
{
	return result(mkdirat(at, name, mode));
}

int
files_remove(int at, const char *name)
{
	return result(unlinkat(at, name, 0));
}

int
files_remove_dir(int at, const char *name)
{
	return result(unlinkat(at, name, AT_REMOVEDIR));
}

int
files_rename(int at, const char *from, const char *to)
{
	return result(renameat(at, from, at, to));
}

int
files_link(int from_at, const char *from, int to_at, const char *to)
{
	int r = result(linkat(from_at, from, to_at, to, 0));
	if (r != -EEXIST)
		return r;
	r = files_remove(to_at, to);
	return r < 0 ? r : result(linkat(from_at, from, to_at, to, 0));
}

int
files_symlink(const char *target, int at, const char *name)
{
	int r = result(symlinkat(target, at, name));
	if (r != -EEXIST)
		return r;
	r = files_remove(at, name);
	return r < 0 ? r : result(symlinkat(target, at, name));
}

int
files_exchange(int at, const char *one, const char *other)
{
	/* by number: a C library of the release has no wrapper for it */
	return syscall(SYS_renameat2, at, one, at, other, RENAME_EXCHANGE) == -1
		   ? -errno
		   : 0;
}

int
files_readlink(int at, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(at, name, buf, size);
	if (n == -1)
		return -errno;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return 0;
}

int
files_dress(int fd, const struct stat *like)
{
	struct stat st;
	if (fstat(fd, &st) == -1)
		return -errno;
	mode_t mode = like->st_mode & 07777;
	bool theirs = st.st_uid != like->st_uid || st.st_gid != like->st_gid;
	if (theirs && fchown(fd, like->st_uid, like->st_gid) == -1) {
		if (errno != EPERM)
			return -errno;
		mode &= 0777; /* it would set the wrong user */
	}
	/* after chown, which takes set-user-ID away */
	return result(fchmod(fd, mode));
}

int
files_set_time(int fd, struct timespec mtime)
{
	struct timespec times[2] = { mtime, mtime };
	return result(futimens(fd, times));
}

int
files_lock(int fd, int64_t deadline)
{
	for (;;) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (clock_left(deadline) == 0)
			return -EWOULDBLOCK;
		(void)poll(NULL, 0, LOCK_RETRY_MS);
	}
}

static int
step_into(int *dir, const char *name, mode_t make)
{
	int next = -1;
	int r = files_open_dir(*dir, name, &next);
	if (r == -ENOENT && make != 0) {
		r = files_make_dir(*dir, name, make);
		if (r < 0 && r != -EEXIST)
			return r;
		r = files_open_dir(*dir, name, &next);
	}
	if (r < 0)
		return r;
	(void)close(*dir);
	*dir = next;
	return 0;
}

int
files_parent(int root, const char *path, mode_t make, int *ret_dir,
    const char **ret_name)
{
	autoclose int dir = -1;
	int r = files_open_dir(root, ".", &dir);
	if (r < 0)
		return r;
	for (;;) {
		char name[256];
		size_t len = strcspn(path, "/");
		if (path[len] == '\0')
			break;
		if (len == 0 || len >= sizeof(name))
			return -EINVAL;
		memcpy(name, path, len);
		name[len] = '\0';
		r = step_into(&dir, name, make);
		if (r < 0)
			return r;
		path += len + 1;
	}
	*ret_dir = TAKE_FD(dir);
	*ret_name = path;
	return 0;
}
