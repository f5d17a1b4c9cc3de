#ifndef HEALTHCHECK_REQUEST_H
#define HEALTHCHECK_REQUEST_H

#include "core/httpmsg.h"

#include <stdbool.h>

/*
 * A request's head made into what the server needs to know.  The texts point
 * into the head's bytes.
 */

struct request {
	struct httpmsg_text path;  /* "/readyz" */
	struct httpmsg_text query; /* without the question mark */
	bool head_only;            /* HEAD: an answer without its body */
	bool keep;                 /* the connection stays open */
	bool old;                  /* HTTP/1.0: staying open must be said */
	bool body;                 /* bytes follow that nobody reads */
	bool openmetrics;          /* preferred to the plain text */
};

/*
 * 0, or the status to refuse it with: 400, 405, 431 or 505.  After a refusal
 * head_only, body and old tell what was understood, and keep is false for all
 * but 405.
 */
int request_parse(const char *head, size_t len, struct request *ret);

#endif
