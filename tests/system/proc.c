#include "proc.h"
#include "scratch.h"

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define TEXT_MAX (256 * 1024)

/* A file of /proc/PID into text: its length, or -1 when it is gone. */
static ssize_t
slurp(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	FILE *from = fopen(path, "re");
	if (from == NULL)
		return -1;
	size_t n = fread(text, 1, size - 1, from);
	(void)fclose(from);
	text[n] = '\0';
	return (ssize_t)n;
}

char *
proc_text(pid_t pid, const char *file, char blank)
{
	static char text[TEXT_MAX];
	ssize_t n = slurp(pid, file, text, sizeof(text));

	if (n == -1)
		return NULL;
	for (ssize_t i = 0; i < n; i++) {
		if (text[i] == '\0')
			text[i] = blank;
	}
	return scratch_text("%s", text);
}

/* What stands behind the name in /proc/PID/stat, which may hold anything. */
static const char *
stat_tail(pid_t pid, char *text, size_t size)
{
	if (slurp(pid, "stat", text, size) <= 0)
		return NULL;
	const char *end = strrchr(text, ')');
	return end == NULL || end[1] != ' ' ? NULL : end + 2;
}

char
proc_state(pid_t pid)
{
	char text[512];
	const char *tail = stat_tail(pid, text, sizeof(text));

	return tail == NULL ? '\0' : tail[0];
}

pid_t
proc_parent(pid_t pid)
{
	char text[512];
	const char *tail = stat_tail(pid, text, sizeof(text));

	return tail == NULL ? 0 : (pid_t)strtol(tail + 1, NULL, 10);
}

long
proc_status(pid_t pid, const char *field)
{
	char text[4096];
	char start[64];

	if (slurp(pid, "status", text, sizeof(text)) <= 0)
		return -1;
	(void)snprintf(start, sizeof(start), "\n%s:", field);
	const char *at = strstr(text, start);
	return at == NULL ? -1 : strtol(at + strlen(start), NULL, 10);
}

ino_t
proc_pid_namespace(pid_t pid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(path, &st) == -1 ? 0 : st.st_ino;
}

static bool
descends(pid_t pid, pid_t from)
{
	for (int depth = 0; depth < 64 && pid > 1; depth++) {
		if (pid == from)
			return true;
		pid = proc_parent(pid);
	}
	return false;
}

typedef bool belongs(pid_t pid, const void *arg);

static int
collect(belongs *wanted, const void *arg, pid_t *ret, int max)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (count < max && wanted(pid, arg))
			ret[count++] = pid;
	}
	(void)closedir(proc);
	return count;
}

/* A zombie has no namespace left to look at; it counts by its parents. */
static bool
is_of_namespace(pid_t pid, const void *arg)
{
	const struct ns *ns = arg;

	if (!ns->plain && proc_pid_namespace(pid) == ns->pid_namespace)
		return true;
	return descends(pid, ns->pid);
}

static bool
is_living(pid_t pid, const void *arg)
{
	return is_of_namespace(pid, arg) && proc_state(pid) != 'Z';
}

static bool
is_zombie(pid_t pid, const void *arg)
{
	return proc_state(pid) == 'Z' && is_of_namespace(pid, arg);
}

static bool
is_child(pid_t pid, const void *arg)
{
	return proc_parent(pid) == *(const pid_t *)arg;
}

int
proc_list(const struct ns *ns, pid_t *ret, int max)
{
	return ns->pid == 0 ? 0 : collect(is_living, ns, ret, max);
}

int
proc_zombies(const struct ns *ns)
{
	pid_t pids[PROC_MAX];

	return ns->pid == 0 ? 0 : collect(is_zombie, ns, pids, PROC_MAX);
}

int
proc_children(pid_t parent, pid_t *ret, int max)
{
	return collect(is_child, &parent, ret, max);
}

static bool
cmdline_holds(pid_t pid, const char *text)
{
	char line[4096];
	ssize_t n = slurp(pid, "cmdline", line, sizeof(line));

	for (ssize_t i = 0; i + 1 < n; i++) {
		if (line[i] == '\0')
			line[i] = ' ';
	}
	return n > 0 && strstr(line, text) != NULL;
}

pid_t
proc_find(const struct ns *ns, const char *text, pid_t but)
{
	pid_t pids[PROC_MAX];
	int count = proc_list(ns, pids, PROC_MAX);

	for (int i = 0; i < count; i++) {
		if (pids[i] != ns->pid && pids[i] != but &&
		    cmdline_holds(pids[i], text))
			return pids[i];
	}
	return 0;
}

struct search {
	const char *text;
	pid_t but;
	pid_t found;
};

static bool
is_there(struct ns *ns, void *arg)
{
	struct search *s = arg;

	s->found = proc_find(ns, s->text, s->but);
	return s->found != 0;
}

static bool
is_gone(struct ns *ns, void *arg)
{
	return !is_there(ns, arg);
}

pid_t
proc_await(struct ns *ns, const char *text, pid_t but, int ms)
{
	struct search s = { .text = text, .but = but };

	ns_wait(ns, is_there, &s, ms, scratch_text("a process %s", text));
	return s.found;
}

void
proc_await_gone(struct ns *ns, const char *text, int ms)
{
	struct search s = { .text = text };

	ns_wait(ns, is_gone, &s, ms, scratch_text("the end of %s", text));
}
