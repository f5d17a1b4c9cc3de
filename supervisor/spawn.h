#ifndef SUPERVISOR_SPAWN_H
#define SUPERVISOR_SPAWN_H

#include "config/plan.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The one place where processes are made.  vfork semantics: the cost does not
 * depend on PID 1's size, and a failed exec is known before spawn_process
 * returns.
 */

enum spawn_step {
	SPAWN_FORK,
	SPAWN_GROUP,
	SPAWN_ENVIRONMENT,
	SPAWN_DESCRIPTORS,
	SPAWN_CWD,
	SPAWN_LIMITS,
	SPAWN_GROUPS,
	SPAWN_USER,
	SPAWN_FILTER,
	SPAWN_EXEC,
};

#define SPAWN_FDS_OWN 4 /* before those of a service's "listen" */
#define SPAWN_FDS (SPAWN_FDS_OWN + PLAN_LISTEN_MAX)

struct account;

/* A descriptor of ours, and its number in the child; target 0: none. */
struct spawn_fd {
	int fd;
	int target; /* 3 or more */
};

/*
 * extra_env changes what envp and who say, for this one process: "NAME=value"
 * stands in the place of every NAME, a bare "NAME" takes it away, a later one
 * wins.  The descriptors of fds may be each other's targets.
 *
 * Descriptors that we inherited, all above 2 that are not closed on exec, are
 * for a child with `heir` alone.
 */
struct spawn {
	char *const *argv;
	char *const *envp;
	char *const *without;   /* names that are taken away; NULL: none */
	char *const *extra_env; /* NULL-terminated; NULL: envp as it is */
	const char *cwd;        /* "" or NULL: `home` */
	int home;               /* a folder's descriptor; 0: PID 1's cwd */
	int self;               /* exec this descriptor; -1: look argv[0] up */
	int channel;            /* a helper's end, put at CHANNEL_FD; -1 */
	int out;                /* stdout; -1: PID 1's own */
	int err;                /* stderr; -1: PID 1's own */
	struct spawn_fd fds[SPAWN_FDS];
	const struct account *who; /* NULL: as we are */
	bool heir;                 /* gets what we inherited */
	bool listen_pid;           /* LISTEN_PID=its own pid */
	bool watched;          /* under the filter (filter.h), or not at all */
	unsigned watched_more; /* ... with that: enum filter_more */
	bool foreground;       /* give its group the terminal at stdin */
	const sigset_t *mask;  /* to restore */
	const sigset_t *ignored; /* dispositions to restore to SIG_IGN */
};

/*
 * The new process's pid, which leads its own process group; or -errno, with the
 * step that failed in *ret_step and no process left.
 */
pid_t spawn_process(const struct spawn *s, enum spawn_step *ret_step);

/* Why the newest process is not under the filter that it was to be under:
   -errno; 0: it is.  -ENOTSUP: its file gives rights that it would lose. */
int spawn_unwatched(void);

/*
 * The newest process, known from its first moment on and until spawn_settled;
 * for a PID 1 that fails before it has written down whose it is.
 */
pid_t spawn_newest(void);
void spawn_settled(void);

/* cradle's exit code for what failed: 127 or 126 for exec, else 71. */
int spawn_exit_code(enum spawn_step step, int err);

/*
 * Whether what stood in the way may be gone in a moment: a file that is being
 * written, a full process table.  A missing program will not be there then.
 */
bool spawn_may_pass(int err);

/* "cannot execute it": for log lines. */
const char *spawn_step_name(enum spawn_step step);

/*
 * Why the last spawn_process failed, with what to try: "cannot execute it:
 * NAME: no such file (is it in the image?)".  name and cwd: the program and its
 * folder, as people know them.
 */
void spawn_explain(enum spawn_step step, int err, const char *name,
    const char *cwd, char text[400]);

#endif
