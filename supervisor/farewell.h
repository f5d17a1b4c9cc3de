#ifndef SUPERVISOR_FAREWELL_H
#define SUPERVISOR_FAREWELL_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Why the container ended, in a few lines, where Kubernetes looks for it: in
 * /dev/termination-log, when that file is there, may be written and holds
 * nothing yet (what the app has written there itself is better).
 *
 * The first line is ours and quotes nobody.  The lines behind it are the end of
 * the service's stderr as the scribe gave it, masked; without capture there are
 * none.  Nothing is written for an end that was asked for, or one with code 0.
 */

#define FAREWELL_MAX 2048 /* Kubernetes keeps 4096 bytes */

struct init;
struct service;

struct farewell {
	char text[512]; /* "": nothing to tell */
	const struct service *service;
	pid_t pid;
};

/* This ends the container, unless something else did before. */
void farewell_to(struct init *init, const struct service *s);
void farewell_because(struct init *init, const char *reason);

/*
 * Once nothing else is left to do; code: what cradle leaves with.  One short
 * write to a regular file.
 */
void farewell_write(const struct init *init, int code);

#endif
