#include "personality/search.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin"

static char shell[] = "/bin/sh";

static int
run(char *path, char *argv[])
{
	execve(path, argv, environ);
	if (errno != ENOEXEC)
		return errno;
	argv[-1] = shell;
	argv[0] = path;
	execve(shell, argv - 1, environ);
	return errno;
}

/* Errors of one folder, after which the next one is tried. */
static bool
goes_on(int err)
{
	return err == EACCES || err == ENOENT || err == ENOTDIR ||
	       err == ESTALE || err == ENODEV || err == ETIMEDOUT;
}

/* dir + "/" + file; an empty dir is where we are.  False: too long. */
static bool
join(char path[PATH_MAX], const char *dir, size_t len, const char *file)
{
	size_t file_len = strlen(file);
	if (len + file_len + 2 > PATH_MAX)
		return false;
	memcpy(path, dir, len);
	if (len > 0)
		path[len++] = '/';
	memcpy(path + len, file, file_len + 1);
	return true;
}

int
search_exec(char *argv[])
{
	static char path[PATH_MAX];
	const char *dir = getenv("PATH");
	char *file = argv[0];
	bool denied = false;
	int err = ENOENT;

	if (file[0] == '\0')
		return ENOENT;
	if (strchr(file, '/') != NULL)
		return run(file, argv);
	if (strlen(file) > NAME_MAX)
		return ENAMETOOLONG;
	if (dir == NULL)
		dir = DEFAULT_PATH;
	for (;;) {
		size_t len = strcspn(dir, ":");
		if (join(path, dir, len, file)) {
			err = run(path, argv);
			if (!goes_on(err))
				return err;
			denied = denied || err == EACCES;
		}
		if (dir[len] == '\0')
			break;
		dir += len + 1;
	}
	return denied ? EACCES : err;
}
