#ifndef CORE_SIGNAME_H
#define CORE_SIGNAME_H

/*
 * "SIGKILL" for 9; real-time signals as "SIGRTMIN+n"; "signal 77" for a number
 * without a name.  The text stays until the next call.  (sigabbrev_np is
 * glibc's alone.)
 */
const char *signame(int sig);

/* The number of "TERM" or "SIGTERM", in either case; -1 for no such name. */
int signame_number(const char *name);

#endif
