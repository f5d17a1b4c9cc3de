#ifndef SUPERVISOR_SIGNALS_H
#define SUPERVISOR_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Every signal that can be blocked is blocked and read from one signalfd, so
 * that none interrupts PID 1 anywhere.  Fault signals cannot be: the kernel
 * kills a process that faults while they are blocked.  They get a handler that
 * tells a user's kill(2) from a real fault by si_code; the user's are handed
 * over like the others, through the same queue.
 *
 * PID 1 has no default actions, so a signal that nobody handles here would be
 * lost: everything is read, and the caller decides.
 */
struct signals {
	int fd;           /* signalfd, non-blocking */
	int fault_fd;     /* eventfd: a user sent a fault signal */
	sigset_t mask;    /* as it was when cradle was started */
	sigset_t ignored; /* what was SIG_IGN then */
};

/*
 * Block, remember what was inherited, and open the descriptors.  Call before
 * the first spawn, so that no SIGCHLD is missed.  0 or -errno.
 */
int signals_open(struct signals *s);

/*
 * The same in a new program that PID 1 has executed in its place, and that
 * catches faults: everything is blocked already, and what cradle was started
 * with is in *s.  unread: as signals_unread_faults gave it.
 */
int signals_reopen(struct signals *s, uint64_t unread);

/*
 * Fault signals that users sent and nobody has read yet: bit = number.  May be
 * called in a handler.
 */
uint64_t signals_unread_faults(void);

/*
 * What to do, in the handler and on a stack of its own, when this process is at
 * fault itself.  When it returns, the signal does what it does without handler.
 */
typedef void signals_fault(int sig, const siginfo_t *info);
void signals_on_fault(signals_fault *fault);

/*
 * Before signals_reopen: catch faults, and keep those that users send for it.
 * 0 or -errno.
 */
int signals_catch_faults(void);

/* Block those too, over an exec.  May be called in a handler. */
void signals_hold_faults(void);

/*
 * The next signal that somebody sent, or 0 when there is none.  SIGCHLD comes
 * as itself; what PID 1 caused itself (a SIGPIPE of its own) is left out.
 */
int signals_next(const struct signals *s);

#endif
