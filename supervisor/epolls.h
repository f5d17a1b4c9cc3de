#ifndef SUPERVISOR_EPOLLS_H
#define SUPERVISOR_EPOLLS_H

#include "supervisor/peek.h"

#include <sys/types.h>

/*
 * What a program's own epoll(7) watches, changed in its place.  The kernel
 * knows a file there by the number that the program has it under, which need
 * not be open in the program any more.  Where its descriptors may not be
 * duplicated nothing is done.
 */

/* Our socket is watched under that number from now on, as another one was. */
void epolls_watch(
    pid_t tid, const struct peek_epoll *as, int socket, int number);

/* Our socket is no longer watched under that number, which was closed there. */
void epolls_leave(pid_t tid, int number, int socket);

#endif
