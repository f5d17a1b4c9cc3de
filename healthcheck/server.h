#ifndef HEALTHCHECK_SERVER_H
#define HEALTHCHECK_SERVER_H

#include "healthcheck/watch.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The listening socket and its connections: SERVER_CONNS_MAX at once, and who
 * comes then waits in the kernel's queue.
 */

#define SERVER_CONNS_MAX 256

/* Accept on this socket from now on, which is taken over; -1: no more. */
void server_listen(int fd);

/* Say what to poll for, and until when. */
void server_watch(struct watch *w, int64_t now);
int64_t server_deadline(int64_t now);

/* Go on with what poll said. */
void server_turn(const struct watch *w, int64_t now);

/* The question to PID 1 was answered, or has failed. */
void server_wake(bool answered, int64_t now);

#endif
