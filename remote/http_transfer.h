#ifndef REMOTE_HTTP_TRANSFER_H
#define REMOTE_HTTP_TRANSFER_H

#include "remote/http.h"
#include "remote/roots.h"

#include <curl/curl.h>

/*
 * One request and what came back, behind one libcurl handle on which every rule
 * of http.h has been set.  The pool adds the handle to its multi handle, takes
 * it off again, and frees the transfer.
 */
struct http_transfer {
	struct http_transfer *next; /* the pool's line, or its running ones */
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	http_done *done;
	void *arg;

	char *in; /* heap.h; in_size is 0 or more than in_len */
	size_t in_len;
	size_t in_size;
	size_t in_max;
	bool over; /* the reply had more than in_max bytes */

	char error[CURL_ERROR_SIZE];
};

/* Everything but the body is copied; roots must stay.  0 or -ENOMEM. */
int http_transfer_new(struct http_transfer **ret,
    const struct http_request *request, const struct roots *roots);
void http_transfer_free(struct http_transfer *t);

/* libcurl is done with it, with this result: tell the one who asked. */
void http_transfer_tell(struct http_transfer *t, CURLcode result);

#endif
