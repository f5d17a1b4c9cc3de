#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define NOBODY 65534
#define TEXTS_MAX 4096
#define DEPTH 16

static char dir[64];
static char *texts[TEXTS_MAX];
static size_t texts_count;

static char *
keep(char *text)
{
	assert_non_null(text);
	assert_true(texts_count < TEXTS_MAX);
	texts[texts_count++] = text;
	return text;
}

const char *
scratch_dir(void)
{
	if (dir[0] != '\0')
		return dir;
	strcpy(dir, "/tmp/cradle-test-XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1) {
		dir[0] = '\0';
		fail_msg("cannot make a folder in /tmp: %s", strerror(errno));
	}
	return dir;
}

static int
give_away(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return lchown(path, NOBODY, NOBODY);
}

void
scratch_give_away(void)
{
	assert_int_equal(nftw(scratch_dir(), give_away, DEPTH, FTW_PHYS), 0);
}

char *
scratch_text(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	assert_true(n >= 0);
	return keep(text);
}

static void
make_folders(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			fail_msg("cannot make %s: %s", path, strerror(errno));
		*at = '/';
	}
}

char *
scratch_write(const char *name, const char *fmt, ...)
{
	char *path = scratch_text("%s/%s", scratch_dir(), name);
	make_folders(path);

	FILE *file = fopen(path, "we");
	assert_non_null(file);
	va_list ap;
	va_start(ap, fmt);
	int n = vfprintf(file, fmt, ap);
	va_end(ap);
	assert_true(n >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void
pour(FILE *from, FILE *to)
{
	char block[4096];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), from)) > 0)
		assert_int_equal(fwrite(block, 1, n, to), n);
}

char *
scratch_copy(const char *path)
{
	const char *base = strrchr(path, '/');
	char *copy = scratch_text(
	    "%s/%s", scratch_dir(), base == NULL ? path : base + 1);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	FILE *from = fopen(path, "re");
	FILE *to = fopen(copy, "we");
	assert_non_null(from);
	assert_non_null(to);
	pour(from, to);
	(void)fclose(from);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(chmod(copy, st.st_mode & 0777), 0);
	return copy;
}

char *
scratch_read(const char *path)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	char *text = NULL;
	size_t size = 0;
	ssize_t n = getdelim(&text, &size, '\0', file);
	(void)fclose(file);
	if (n == -1) {
		free(text);
		return scratch_text("%s", "");
	}
	return keep(text);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void
scratch_end(void)
{
	if (dir[0] != '\0')
		(void)nftw(dir, remove_one, DEPTH, FTW_PHYS | FTW_DEPTH);
	dir[0] = '\0';
	while (texts_count > 0)
		free(texts[--texts_count]);
}

static char *
absolute(const char *variable, const char *fallback, const char *name)
{
	const char *base = getenv(variable);
	char whole[PATH_MAX];
	char *path = scratch_text("%s%s%s", base == NULL ? fallback : base,
	    name[0] == '\0' ? "" : "/", name);

	if (realpath(path, whole) == NULL)
		fail_msg("cannot find %s: %s", path, strerror(errno));
	return scratch_text("%s", whole);
}

/* The apps are built beside the test programs. */
char *
scratch_app(const char *name)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	return absolute("APPS", scratch_text("%s/../apps", self), name);
}

char *
scratch_tests(const char *name)
{
	return absolute("TESTS_DIR", "tests", name);
}

char *
scratch_cradle(void)
{
	return absolute("CRADLE", "build/static/cradle", "");
}
