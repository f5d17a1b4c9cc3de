#ifndef ENVSUBST_FILES_H
#define ENVSUBST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Every file system call of this folder, so that a test can stop the process
 * at each of them.  Names are relative to an open directory and no symbolic
 * link is ever followed but by files_open_root and files_open_named.  0, a
 * count or a descriptor's out parameter on success; -errno.
 */

/* Files of our own in somebody's directory begin so; the next run sweeps. */
#define FILES_TEMP ".cradle-tmp-"

/* A directory that the configuration names; it may be a link. */
int files_open_root(const char *path, int *ret_fd);

/* "." is `at` itself, opened anew. */
int files_open_dir(int at, const char *name, int *ret_fd);

/* For reading; never waits for a FIFO's writer.  Not a plain file: -ENXIO. */
int files_open_read(int at, const char *name, int *ret_fd, struct stat *ret);

/* The same for a path that the configuration names; it may be a link. */
int files_open_named(const char *path, int *ret_fd, struct stat *ret);

/* A new file for writing; one that is there already is removed first. */
int files_create(int at, const char *name, mode_t mode, int *ret_fd);

ssize_t files_read(int fd, void *buf, size_t size);
ssize_t files_read_at(int fd, void *buf, size_t size, uint64_t offset);
int files_write(int fd, const void *data, size_t len);
int files_stat(int fd, struct stat *ret);
int files_stat_at(int at, const char *name, struct stat *ret);

int files_make_dir(int at, const char *name, mode_t mode);
int files_remove(int at, const char *name);
int files_remove_dir(int at, const char *name);
int files_rename(int at, const char *from, const char *to);
int files_link(int from_at, const char *from, int to_at, const char *to);
int files_symlink(const char *target, int at, const char *name);

/* Swap two names in one step; -EINVAL or -ENOSYS where that is not known. */
int files_exchange(int at, const char *one, const char *other);

/* The link's target, NUL-terminated; -ENAMETOOLONG when it does not fit. */
int files_readlink(int at, const char *name, char *buf, size_t size);

/*
 * Owner and mode of `like`.  An owner that we may not give is left out when
 * the file could not have kept it anyway (-EPERM): the mode still holds.
 */
int files_dress(int fd, const struct stat *like);
int files_set_time(int fd, struct timespec mtime);

/* One process at a time; waits until the deadline, then -EWOULDBLOCK. */
int files_lock(int fd, int64_t deadline);

/*
 * The directory that holds `path` below root, each step without following a
 * link, and the last name, which points into path.  With make, directories
 * that are missing are made with that mode (0: none are made).
 */
int files_parent(int root, const char *path, mode_t make, int *ret_dir,
    const char **ret_name);

#endif
