#ifndef TESTS_CONFIG_SCRATCH_H
#define TESTS_CONFIG_SCRATCH_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A folder of its own for tests of the configuration, which they run in: files
 * are written and found by plain names.  Include after cmocka.h.
 */

static char scratch_home[4096];
static char scratch_folder[] = "/tmp/cradle-config-XXXXXX";

static inline int
scratch_open(void **unused)
{
	(void)unused;
	if (getcwd(scratch_home, sizeof(scratch_home)) == NULL ||
	    mkdtemp(scratch_folder) == NULL)
		return -1;
	return chdir(scratch_folder);
}

static inline int
scratch_close(void **unused)
{
	char command[64];
	(void)unused;
	(void)snprintf(command, sizeof(command), "rm -rf %s", scratch_folder);
	return chdir(scratch_home) == 0 && system(command) == 0 ? 0 : -1;
}

static inline void
scratch_write(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

/* What is written to fd between catch and the text's return. */
struct scratch_caught {
	int fd;
	int saved;
	int file;
};

static inline struct scratch_caught
scratch_catch(int fd)
{
	char name[] = "/tmp/cradle-caught-XXXXXX";
	struct scratch_caught c = { .fd = fd };
	(void)fflush(NULL);
	c.file = mkstemp(name);
	assert_true(c.file != -1);
	(void)unlink(name);
	c.saved = dup(fd);
	assert_true(c.saved != -1 && dup2(c.file, fd) == fd);
	return c;
}

/* Puts fd back; the text is the caller's to free. */
static inline char *
scratch_text(struct scratch_caught *c)
{
	struct stat st;
	(void)fflush(NULL);
	assert_int_equal(dup2(c->saved, c->fd), c->fd);
	(void)close(c->saved);
	assert_int_equal(fstat(c->file, &st), 0);
	char *text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(
	    pread(c->file, text, (size_t)st.st_size, 0), st.st_size);
	(void)close(c->file);
	return text;
}

#endif
