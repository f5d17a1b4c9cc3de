#ifndef TESTS_UNIT_PLOT_H
#define TESTS_UNIT_PLOT_H

/*
 * A folder for one test of substitution: dist, out and a store are made in it,
 * by names that are relative to it.  What fails fails the test.
 */

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char base[64];

/* The path of a name; four may be used together. */
static inline const char *
at(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned turn;
	char *p = path[turn++ % ARRAY_LEN(path)];
	(void)snprintf(p, PATH_MAX, "%s/%s", base, name);
	return p;
}

static inline void
make_folder(const char *name)
{
	assert_int_equal(mkdir(at(name), 0755), 0);
}

/* The plot itself, in a folder that is there; others may look into it. */
static inline void
make_plot(const char *where, const char *test)
{
	(void)snprintf(base, sizeof(base), "%s/cradle-%s-XXXXXX", where, test);
	assert_non_null(mkdtemp(base));
	assert_int_equal(chmod(base, 0755), 0);
}

static inline void
put_bytes(const char *name, const void *data, size_t len)
{
	autoclose int fd =
	    open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
}

static inline void
put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

/* How much a file holds, all of it and a '\0' in to; -1: it is not there. */
static inline ssize_t
get_bytes(const char *name, void *to, size_t size)
{
	autoclose int fd = open(at(name), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	ssize_t n = read(fd, to, size);
	assert_true(n >= 0 && (size_t)n < size);
	((char *)to)[n] = '\0';
	return n;
}

/* The text of a file that is there; four may be looked at together. */
static inline const char *
get(const char *name)
{
	static char text[4][4096];
	static unsigned turn;
	char *to = text[turn++ % ARRAY_LEN(text)];
	if (get_bytes(name, to, sizeof(text[0])) == -1)
		fail_msg("%s: %s", name, strerror(errno));
	return to;
}

static inline void
expect(const char *name, const char *text)
{
	assert_string_equal(get(name), text);
}

static inline struct stat
look(const char *name)
{
	struct stat st = { 0 };
	if (lstat(at(name), &st) == -1)
		fail_msg("%s: %s", name, strerror(errno));
	return st;
}

static inline bool
is_there(const char *name)
{
	struct stat st;
	return lstat(at(name), &st) == 0;
}

static inline int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

/* A file or a folder with all that is in it, if it is there. */
static inline void
remove_all(const char *name)
{
	(void)nftw(at(name), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The plot with all that is in it. */
static inline int
tear_down(void **unused)
{
	(void)unused;
	remove_all("");
	return access(base, F_OK) == -1 ? 0 : -1;
}

#endif
