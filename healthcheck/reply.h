#ifndef HEALTHCHECK_REPLY_H
#define HEALTHCHECK_REPLY_H

#include "core/buf.h"
#include "healthcheck/request.h"

/*
 * One answer.  Its body lies in one buffer that all answers share, so an answer
 * is sent, or copied, before the next one is begun.
 */

#define REPLY_BODY_MAX (1024 * 1024)
#define REPLY_HEAD_MAX 1024

#define REPLY_PLAIN "text/plain; charset=utf-8"

struct reply {
	int status;
	const char *type; /* Content-Type */
	const char *more; /* further header lines, each with its CRLF */
	struct buf body;
};

/* An empty 200 of plain text. */
void reply_begin(struct reply *r);

/* Make it this status with one line of text in place of what was there. */
void reply_line(struct reply *r, int status, const char *line);

/* Status line and headers, for this request; nothing here can be cut. */
void reply_head(
    const struct reply *r, const struct request *to, struct buf *head);

#endif
