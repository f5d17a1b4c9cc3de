#include "config/quota.h"

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNLIMITED ((int64_t)1 << 60) /* v1 says so with a number like this */
#define SHARE 1000                   /* of one processor */

/* The limit that one folder sets; 0: none. */
typedef int64_t reader(const char *root, const char *folder, bool old);

static bool
read_text(const char *root, const char *folder, const char *file, char *text,
    size_t size)
{
	char whole[PATH_MAX];
	int n = snprintf(whole, sizeof(whole), "%s%s/%s", root, folder, file);
	if (n < 0 || (size_t)n >= sizeof(whole))
		return false;
	autoclose int fd = open(whole, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	ssize_t len = fd_read_full(fd, text, size - 1);
	text[len < 0 ? 0 : len] = '\0';
	return len > 0;
}

/* "max" and nonsense are no limit; *end: what follows the number. */
static int64_t
number_in(const char *text, const char **end)
{
	char *after;
	errno = 0;
	long long value = strtoll(text, &after, 10);
	*end = after;
	if (after == text || errno != 0 || value <= 0 || value >= UNLIMITED)
		return 0;
	return value;
}

static int64_t
number_of(const char *root, const char *folder, const char *file)
{
	char text[64];
	const char *end;
	if (!read_text(root, folder, file, text, sizeof(text)))
		return 0;
	return number_in(text, &end);
}

static int64_t
memory_of(const char *root, const char *folder, bool old)
{
	return number_of(
	    root, folder, old ? "memory.limit_in_bytes" : "memory.max");
}

static int64_t
shares(int64_t quota, int64_t period)
{
	if (quota == 0 || period == 0 || quota > UNLIMITED / SHARE)
		return 0;
	int64_t n = quota * SHARE / period;
	return n > 0 ? n : 1;
}

static int64_t
processors_of(const char *root, const char *folder, bool old)
{
	char text[64];
	const char *end;
	if (old)
		return shares(number_of(root, folder, "cpu.cfs_quota_us"),
		    number_of(root, folder, "cpu.cfs_period_us"));
	if (!read_text(root, folder, "cpu.max", text, sizeof(text)))
		return 0;
	int64_t quota = number_in(text, &end);
	return quota == 0 ? 0 : shares(quota, number_in(end, &end));
}

static int64_t
lower(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/*
 * A limit further up holds for all below.  Inside a container the path may be
 * the host's and not exist here; the mount's own top is then the container's.
 */
static int64_t
upward(const char *root, const char *mount, char *path, reader *read, bool old)
{
	char folder[PATH_MAX];
	int64_t limit = 0;
	for (;;) {
		char *slash = strrchr(path, '/');
		int n = snprintf(folder, sizeof(folder), "%s%s", mount, path);
		if (n > 0 && (size_t)n < sizeof(folder))
			limit = lower(limit, read(root, folder, old));
		if (path[0] == '\0' || slash == NULL)
			return limit;
		*slash = '\0';
	}
}

/* "4:cpu,memory:/docker/x": whether the controller is in the list. */
static bool
has_controller(const char *list, size_t len, const char *name)
{
	size_t size = strlen(name);
	while (len > 0) {
		const char *comma = memchr(list, ',', len);
		size_t word = comma == NULL ? len : (size_t)(comma - list);
		if (word == size && memcmp(list, name, size) == 0)
			return true;
		size_t step = comma == NULL ? word : word + 1;
		list += step;
		len -= step;
	}
	return false;
}

static int64_t
limit_of_line(
    const char *root, char *line, const char *controller, reader *read)
{
	char mount[64];
	char *list = strchr(line, ':');
	char *path = list == NULL ? NULL : strchr(++list, ':');
	if (path == NULL || path[1] != '/')
		return 0;
	size_t len = (size_t)(path++ - list);
	if (strstr(path, "..") != NULL || strcmp(path, "/") == 0)
		path[0] = '\0';
	if (len == 0)
		return upward(root, "/sys/fs/cgroup", path, read, false);
	if (!has_controller(list, len, controller))
		return 0;
	(void)snprintf(mount, sizeof(mount), "/sys/fs/cgroup/%s", controller);
	return upward(root, mount, path, read, true);
}

static int64_t
lowest(const char *root, const char *controller, reader *read)
{
	char text[4096], *save = NULL;
	int64_t limit = 0;
	if (!read_text(root, "/proc/self", "cgroup", text, sizeof(text)))
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		limit =
		    lower(limit, limit_of_line(root, line, controller, read));
	return limit;
}

int64_t
quota_memory(const char *root)
{
	return lowest(root, "memory", memory_of);
}

int
quota_processors(const char *root, int most)
{
	int64_t n = (lowest(root, "cpu", processors_of) + SHARE - 1) / SHARE;
	if (n == 0 || n > most)
		n = most;
	return n < 1 ? 1 : (int)n;
}
