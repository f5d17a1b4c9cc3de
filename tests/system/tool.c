#include "tool.h"
#include "proc.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define LINES_MAX 128
#define TEXT_MAX 65536

static char *
cradle_as(const char *name)
{
	char *path = scratch_text("%s/%s", scratch_dir(), name);

	if (symlink(scratch_cradle(), path) == -1)
		assert_int_equal(errno, EEXIST);
	return path;
}

size_t
tool_find(const char *name, struct tool ret[TOOL_MAX])
{
	char *real = scratch_text("/usr/bin/%s", name);

	ret[0] = (struct tool){ .name = name, .path = cradle_as(name) };
	if (access(real, X_OK) == -1) {
		print_message("# %s is not installed: not compared\n", name);
		return 1;
	}
	ret[1] = (struct tool){ .name = name, .path = real, .real = true };
	return 2;
}

static size_t
add(char *list[], size_t n, const char *const *more, size_t max)
{
	for (size_t i = 0; i < max && more[i] != NULL; i++)
		list[n++] = scratch_text("%s", more[i]);
	list[n] = NULL;
	return n;
}

struct ns *
tool_start(const struct tool *tool, const struct tool_case *how)
{
	char *args[TOOL_ARGS_MAX + 8];
	char *env[5] = { ns_path() };
	const char *program = tool->path;
	size_t n = 0;

	if (how->settings[0] != NULL) {
		program = scratch_app("prepare");
		n = add(args, 0, how->settings, 4);
		n = add(args, n, (const char *[]){ "--", tool->path }, 2);
	}
	(void)add(args, n, how->args, TOOL_ARGS_MAX);
	(void)add(env, 1, how->env, 3);
	return ns_start(&(struct ns_options){ .program = program,
	    .args = args,
	    .env = env,
	    .cwd = how->cwd,
	    .plain = how->plain,
	    .unprivileged = how->unprivileged });
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of text in order, without the folder of the tool. */
static char *
normal(const char *text, const struct tool *tool)
{
	char *rest = scratch_text("%s", text == NULL ? "" : text);
	size_t folder = strlen(tool->path) - strlen(tool->name);
	static char whole[TEXT_MAX];
	char *lines[LINES_MAX];
	size_t count = 0, len = 0;

	for (char *at; (at = strstr(rest, tool->path)) != NULL;)
		memmove(at, at + folder, strlen(at + folder) + 1);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		assert_true(count < LINES_MAX);
		if (line[0] != '\0')
			lines[count++] = line;
	}
	qsort(lines, count, sizeof(lines[0]), compare_lines);
	whole[0] = '\0';
	for (size_t i = 0; i < count && len < TEXT_MAX; i++)
		len += (size_t)snprintf(
		    whole + len, TEXT_MAX - len, "%s\n", lines[i]);
	assert_true(len < TEXT_MAX);
	return scratch_text("%s", whole);
}

static void
try_one(const struct tool *tool, const struct tool_case *c)
{
	struct ns *ns = tool_start(tool, c);
	int code = ns_exit_status(ns, TOOL_SOON);
	char *out = normal(ns->out.data, tool);
	char *err = normal(ns->err.data, tool);

	if (code != c->code || strcmp(out, normal(c->out, tool)) != 0 ||
	    strcmp(err, normal(c->err, tool)) != 0)
		ns_fail(ns, "%s %s %s %s: %d instead of %d, or other words%s",
		    tool->name, c->args[0] != NULL ? c->args[0] : "",
		    c->args[0] != NULL && c->args[1] != NULL ? c->args[1] : "",
		    tool->real ? "(the tool itself)" : "", code, c->code,
		    normal(scratch_text("\nstdout:\n%s\nstderr:\n%s",
			       c->out == NULL ? "" : c->out,
			       c->err == NULL ? "" : c->err),
			tool));
	ns_end(ns);
}

void
tool_try(const char *name, const struct tool_case *cases, size_t count)
{
	struct tool tools[TOOL_MAX];
	size_t found = tool_find(name, tools);

	for (size_t t = 0; t < found; t++)
		for (size_t i = 0; i < count; i++)
			if (!tools[t].real || !cases[i].ours_alone)
				try_one(&tools[t], &cases[i]);
}

int
tool_terminal(const char **ret_name)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		print_message("# skipped: no terminal can be made here: %s\n",
		    strerror(errno));
		skip();
	}
	assert_int_equal(grantpt(fd), 0);
	assert_int_equal(unlockpt(fd), 0);
	*ret_name = scratch_text("%s", ptsname(fd));
	return fd;
}

static bool
has_text(struct ns *ns, void *arg)
{
	return ns_has(ns, arg);
}

void
tool_await_text(struct ns *ns, const char *text)
{
	ns_wait(ns, has_text, scratch_text("%s", text), TOOL_SOON, text);
}

static bool
sleeps(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_state(ns->pid) == 'S';
}

void
tool_await_sleep(struct ns *ns)
{
	ns_wait(ns, sleeps, NULL, TOOL_SOON, "its sleep");
}
