#ifndef NOTIFY_SIGNAME_H
#define NOTIFY_SIGNAME_H

/*
 * "SIGSEGV"; for a number without a name of its own "a real-time signal" or
 * "an unknown signal".
 */
const char *signame_of(int signal);

/* What a fatal one means, for people, in a few words; "" for the others. */
const char *signame_meaning(int signal);

#endif
