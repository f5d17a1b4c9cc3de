#ifndef SUPERVISOR_LISTENING_H
#define SUPERVISOR_LISTENING_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a process of the tree below leader (or of its session) listens on
 * TCP: a listening socket, as the kernel or /proc/PID/net/tcp and tcp6 have
 * them, is among its descriptors.  Where those may not be read (a service under
 * a user of its own and PID 1 without CAP_SYS_PTRACE), a listening socket of
 * that user counts. False as well when /proc cannot tell.
 */
bool listening_on_tcp(pid_t leader);

/* Whether one of them has that very socket. */
bool listening_holds(pid_t leader, ino_t inode);

#endif
