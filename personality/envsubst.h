#ifndef PERSONALITY_ENVSUBST_H
#define PERSONALITY_ENVSUBST_H

/*
 * GNU envsubst: standard input to standard output with the environment put in
 * for $NAME and ${NAME}; its options, messages and exit codes.  Output is
 * handed on as often as input arrives, not only when a buffer is full.
 */
int envsubst_main(int argc, char *argv[]);

#endif
