#ifndef HEALTHCHECK_CONN_H
#define HEALTHCHECK_CONN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One client's connection.
 *
 * READING   a request's head is coming; it must be there CONN_STALL_MS after
 *           the connection was made, or after the answer before it was sent.
 * WAITING   the head is there, PID 1 has been asked.
 * WRITING   an answer is on its way; CONN_STALL_MS for all of it.
 * DRAINING  the last answer is sent and our side is shut; what the client still
 *           sends is thrown away for CONN_DRAIN_MS, because closing with unread
 *           bytes would reset the connection and take the answer along.
 *
 * One request is answered at a time; pipelined ones wait in the buffer.
 */

#define CONN_HEAD_MAX 8192
#define CONN_STALL_MS 5000
#define CONN_DRAIN_MS 1000

struct conn;

/* Takes over the socket, which is non-blocking.  NULL (socket closed): no
 * memory. */
struct conn *conn_new(int fd, int64_t now);

/* Harmless on NULL. */
void conn_free(struct conn *c);

int conn_fd(const struct conn *c);

/* What to poll for, and until when. */
short conn_events(const struct conn *c);
int64_t conn_deadline(const struct conn *c);

/*
 * Go on after poll said so, or after the deadline.  crowded: others wait for a
 * place, so do not stay open.  False: over, free it.
 */
bool conn_turn(struct conn *c, short revents, bool crowded, int64_t now);

/*
 * The question to PID 1 was answered, or failed (answered false): go on if this
 * connection waits for it.  False: over, free it.
 */
bool conn_wake(struct conn *c, bool answered, int64_t now);

#endif
