#include "healthcheck/rss.h"

#include "core/guard.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static int statm[RSS_COUNT] = { -1, -1 };

static const char *const names[] = {
	[RSS_INIT] = "init",
	[RSS_HEALTH] = "health",
};
_Static_assert(ARRAY_LEN(names) == RSS_COUNT, "a name per process");

static int
open_statm(pid_t pid)
{
	char path[48];
	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void
rss_open(void)
{
	statm[RSS_INIT] = open_statm(getppid());
	statm[RSS_HEALTH] = open_statm(getpid());
}

/* "SIZE RESIDENT ...", in pages. */
int64_t
rss_read(enum rss_of whose)
{
	char text[128];
	if (statm[whose] == -1)
		return -1;
	ssize_t n = pread(statm[whose], text, sizeof(text) - 1, 0);
	if (n <= 0)
		return -1;
	text[n] = '\0';

	char *end;
	(void)strtoll(text, &end, 10);
	long long pages = strtoll(end, NULL, 10);
	return pages > 0 ? (int64_t)pages * sysconf(_SC_PAGESIZE) : -1;
}

const char *
rss_role(enum rss_of whose)
{
	return names[whose];
}
