#ifndef SUPERVISOR_RECEIVE_H
#define SUPERVISOR_RECEIVE_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * As recv(2) without waiting, from somebody who may send anything: descriptors
 * that come along are closed.  *ret_from is who it says it is, as the kernel
 * vouches where SO_PASSCRED is on; else its pid is 0.  The count, 0, -errno.
 */
ssize_t receive_from(int fd, char *data, size_t size, struct ucred *ret_from);

#endif
