#ifndef SUPERVISOR_TERMINAL_H
#define SUPERVISOR_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The terminal at stdin, between a shell, us and the main service, whose group
 * has it in the foreground.  When ^Z stops the service we stop too, with our
 * whole group, so that the shell sees a suspended job; `fg` brings both back.
 * Where no shell could do that (our group is orphaned) the service goes on at
 * once.  PID 1 has no shell above it: it forwards and stops nothing.
 */

struct init;
struct service;

/* Our group when it has the terminal, to lend it and to take it back; else 0.
 */
pid_t terminal_own(void);

/* What wait4 must tell beside deaths. */
int terminal_wait_flags(const struct init *init);

/* wait4 told that a child was stopped; returns when the job goes on. */
void terminal_stopped(const struct init *init, pid_t pid, int status);

/*
 * The service has died: the terminal comes back to us, if it had it.  True when
 * somebody there wants no other life: after ^C, which means the container, when
 * an interactive shell was left, whose code is that of its last command, and
 * when the terminal itself has gone and the service with it.
 */
bool terminal_was_left(const struct service *s);

/* We were continued: in the foreground, the main service's group is put there.
 */
void terminal_lend(const struct init *init);

#endif
