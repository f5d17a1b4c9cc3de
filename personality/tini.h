#ifndef PERSONALITY_TINI_H
#define PERSONALITY_TINI_H

/*
 * tini 0.19.0: `tini [OPTIONS] PROGRAM -- [ARGS]`, its options, TINI_*
 * variables, lines and exit codes (127 not found, 126 not permitted, 1 for
 * everything else that fails).
 *
 * As there: a fault signal that a user sends is not forwarded and ends a tini
 * that is not PID 1; nothing waits for what the child leaves behind; the child
 * gets the mask and the ignored signals that the caller had; TINI_VERBOSITY
 * overrules -v; a stdin that is closed is fatal; inherited descriptors stay.
 *
 * Otherwise than there: it does not wake every second; a caller that ignores
 * SIGCHLD does not make it hang; a SIGPIPE of its own lines is not sent on;
 * lines on a piped stdout come at once, not at the end; -l says that this is
 * another program, whose license is not tini's.
 */
int tini_main(int argc, char *argv[]);

#endif
