#ifndef TESTS_SYSTEM_TOOL_H
#define TESTS_SYSTEM_TOOL_H

#include "ns.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * cradle by another tool's name beside that tool itself.  What is expected
 * stands in the test; where the tool is installed it has to meet the same
 * expectation, which proves that it was stated truly.
 */

#define TOOL_MAX 2
#define TOOL_ARGS_MAX 8
#define TOOL_SOON 5000

struct tool {
	const char *name;
	char *path;
	bool real; /* the tool, not cradle */
};

/* cradle as `name`, then the tool where it is installed: the count. */
size_t tool_find(const char *name, struct tool ret[TOOL_MAX]);

/*
 * One command line, run to its end as PID 1 with PATH and `env`, after the
 * settings of tests/apps/prepare.  Lines may come in any order; the tool's path
 * reads as its name; as PID 1 it is process 1 and its child 2.
 */
struct tool_case {
	const char *args[TOOL_ARGS_MAX];
	int code;
	const char *out; /* NULL: "" */
	const char *err;
	const char *env[3];
	const char *settings[4];
	const char *cwd;
	bool plain;        /* not PID 1 */
	bool unprivileged; /* as nobody */
	bool ours_alone;   /* the tool is known to do otherwise */
};

/* Every case with every tool of that name; fails with what differs. */
void tool_try(const char *name, const struct tool_case *cases, size_t count);

/* Start it for a test that goes on with ns_*; args: NULL-terminated. */
struct ns *tool_start(const struct tool *tool, const struct tool_case *how);

/* The master of a new terminal whose name is *ret_name, or a skipped test. */
int tool_terminal(const char **ret_name);

/* Until it has printed the text, wherever and among whatever. */
void tool_await_text(struct ns *ns, const char *text);

/* Until it sleeps, waiting for a signal. */
void tool_await_sleep(struct ns *ns);

#endif
