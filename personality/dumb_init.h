#ifndef PERSONALITY_DUMB_INIT_H
#define PERSONALITY_DUMB_INIT_H

/*
 * dumb-init 1.2.5: `dumb-init [option] command [[arg] ...]`, its options,
 * DUMB_INIT_* variables, lines and exit codes (2 when the command cannot be
 * executed, 1 for everything else that fails).
 *
 * As there: the child starts with no signal blocked and none of 1 to 31
 * ignored, whatever the caller had; TERM goes to the group when the child has
 * ended, and nobody is waited for; TSTP, TTIN and TTOU stop us as well; the
 * rewriting of a signal holds for that last TERM too; orphans are reaped only
 * by a PID 1.
 *
 * Otherwise than there: real-time signals, which index past the end of its
 * tables, are forwarded as they are; the HUP and CONT that the kernel sends
 * when we give the terminal away are known by their sender, so that one sent
 * by another process is never taken for them; a SIGPIPE of its own lines is
 * not sent on.
 */
int dumb_init_main(int argc, char *argv[]);

#endif
