#ifndef SUPERVISOR_OPENED_H
#define SUPERVISOR_OPENED_H

#include "supervisor/spawn.h"

#include <stdint.h>

#define OPENED_FIRST_FD 3

struct held;
struct service;

/*
 * The sockets of a service's "listen": opened when its first life begins, kept
 * among the held ones (held.h), and given to every life as sd_listen_fds(3)
 * wants them: descriptors from 3 on, with LISTEN_FDS, LISTEN_FDNAMES and
 * LISTEN_PID.  All instances share them.  A program that does not know of that
 * may bind the address itself and is handed the socket then.
 *
 * What it adds to *how is good until the next call.  0; or -errno, and a line
 * has said which address it is about.
 */
int opened_give(struct service *s, struct spawn *how);

/* The held socket that it was given as that descriptor, or NULL. */
struct held *opened_as(struct service *s, int64_t fd);

#endif
