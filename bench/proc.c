#include "proc.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_MAX 64

static FILE *
open_of(pid_t pid, const char *file)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return fopen(path, "re");
}

double
proc_sum(pid_t pid, const char *file, const char *const labels[])
{
	FILE *f = open_of(pid, file);
	double sum = 0;
	char line[256];

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		for (int i = 0; labels[i] != NULL; i++)
			if (strncmp(line, labels[i], strlen(labels[i])) == 0)
				sum += strtod(line + strlen(labels[i]), NULL);
	(void)fclose(f);
	return sum;
}

double
proc_anonymous(pid_t pid)
{
	static const char *const labels[] = { "Anonymous:", NULL };
	return proc_sum(pid, "smaps_rollup", labels);
}

double
proc_cpu(pid_t pid)
{
	FILE *f = open_of(pid, "schedstat");
	double ns = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lf", &ns) != 1)
		ns = 0;
	(void)fclose(f);
	return ns / 1000;
}

size_t
proc_children(pid_t pid, pid_t *ret, size_t max)
{
	char file[64];
	size_t n = 0;

	(void)snprintf(file, sizeof(file), "task/%d/children", pid);
	FILE *f = open_of(pid, file);
	if (f == NULL)
		return 0;
	while (n < max && fscanf(f, "%d", &ret[n]) == 1)
		n++;
	(void)fclose(f);
	return n;
}

/* The last number of its NSpid line. */
static pid_t
innermost(pid_t pid)
{
	FILE *f = open_of(pid, "status");
	char line[256];
	pid_t number = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		const char *last = strrchr(line, '\t');
		if (last != NULL)
			number = (pid_t)strtol(last, NULL, 10);
	}
	if (f != NULL)
		(void)fclose(f);
	return number;
}

pid_t
proc_inside(pid_t root, pid_t pid)
{
	pid_t tree[TREE_MAX] = { root };
	size_t count = 1;

	for (size_t i = 0; i < count; i++) {
		if (innermost(tree[i]) == pid)
			return tree[i];
		count += proc_children(tree[i], tree + count, TREE_MAX - count);
	}
	return 0;
}

static char
state_of(pid_t pid)
{
	FILE *f = open_of(pid, "stat");
	char state = '\0';

	if (f == NULL)
		return state;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = '\0';
	(void)fclose(f);
	return state;
}

bool
proc_freeze(pid_t pid)
{
	char state;

	if (kill(pid, SIGSTOP) == -1)
		return false;
	while ((state = state_of(pid)) != 'T') {
		if (state == '\0' || state == 'Z' || state == 'X')
			return false;
		(void)sched_yield();
	}
	return true;
}
