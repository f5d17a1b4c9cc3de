#ifndef PERSONALITY_CATATONIT_H
#define PERSONALITY_CATATONIT_H

/*
 * catatonit 0.2.1: `catatonit [-ghLPV] [--] <progname> [<arguments>...]`, its
 * options, lines and exit codes (1 for everything that fails).  What podman
 * asks of it: `catatonit -- COMMAND` as PID 1, `catatonit -P` as the process
 * that keeps namespaces alive, and a version line that docker takes for
 * tini's.
 *
 * As there: always a subreaper when not PID 1; TSTP, TTIN and TTOU are dropped,
 * and blocked in the child besides what the caller had blocked; a fault signal
 * that a user sends is not forwarded; LISTEN_PID follows from us to the child;
 * we live in "/" and keep no inherited descriptor above 2.
 *
 * Otherwise than there: a caller that ignores SIGCHLD does not make it hang;
 * a SIGPIPE of its own lines is not sent on; -L says that this is another
 * program, whose license is not catatonit's; -h points at cradle's manual.
 */
int catatonit_main(int argc, char *argv[]);

#endif
