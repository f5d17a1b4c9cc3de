#ifndef PERSONALITY_MINI_H
#define PERSONALITY_MINI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The loop that tini, dumb-init and catatonit have in common: block signals,
 * run one child, forward what comes, reap what dies, leave with the child's
 * code.  What they do differently are the choices in struct mini; what they
 * say, and in which order, is in their struct mini_ways.
 *
 * It never restarts, has no heap, and sleeps without a deadline: nothing wakes
 * it but a signal.  SIGCHLD counts as "look at all children", so that merged
 * ones lose nobody, and it arrives even where the caller had it ignored, which
 * makes the tools themselves hang.
 */

struct mini;

struct mini_ways {
	/*
	 * In the child, which shares our memory, before exec: 0, or the code
	 * to end it with.  Ends with mini_restore.
	 */
	int (*enter)(struct mini *m);
	/* There too: exec failed.  Says so; the code to end the child with. */
	int (*refuse)(struct mini *m, int err);
	/* The child runs, or there is none to be run. */
	void (*begin)(struct mini *m);
	/* One signal, SIGCHLD too.  May set m->code to leave. */
	void (*hear)(struct mini *m, const siginfo_t *got);
	/* One dead process.  Sets m->code when it was m->child. */
	void (*bury)(struct mini *m, pid_t pid, int status);
	/* No more dead ones: err is 0, or ECHILD.  NULL: nothing to say. */
	void (*rest)(struct mini *m, int err);
};

struct mini {
	const struct mini_ways *ways;
	char **command;    /* the slot before it is ours to fill; NULL: none */
	const int *spared; /* signals that are not collected */
	size_t spared_count;
	bool to_group;       /* signals go to the child's process group */
	bool leaves_cwd;     /* we live in "/", the child where we were */
	bool leaves_at_once; /* with m->code set, nobody else is buried */
	bool reaps_often;    /* after every signal */
	/* kept by mini.c */
	sigset_t collected;
	sigset_t inherited;    /* the mask, for the child */
	bool children_ignored; /* how SIGCHLD was inherited */
	int cwd;
	pid_t child;
	int code; /* -1 until it is known */
};

/* Block the signals that will be collected.  Before anything that may wait. */
void mini_block(struct mini *m);

/* In the child: the mask, and SIGCHLD ignored, as they were inherited. */
void mini_restore(const struct mini *m);

/*
 * Run the command and stay until it ends: its code, or what a way has set in
 * m->code.  -errno when no process can be made.
 */
int mini_run(struct mini *m);

/* Send the child, or its group, a signal: 0 or -errno. */
int mini_forward(const struct mini *m, int sig);

/* The shell's code of a wait status: the exit code, or 128 + the signal. */
int mini_code(int status);

#endif
