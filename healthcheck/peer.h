#ifndef HEALTHCHECK_PEER_H
#define HEALTHCHECK_PEER_H

#include "config/listen.h"
#include "core/buf.h"

#include <stdbool.h>

/*
 * Whom a probe connects to.  Hosts are numbers or localhost; nothing is looked
 * up.  Where every address is meant (":9400", localhost, a wildcard), that is
 * 127.0.0.1 and, when that refuses, ::1.
 */

#define PEER_HOST_MAX 96

struct peer {
	struct listen_at at[2]; /* to be tried in this order */
	int count;
	char host[PEER_HOST_MAX]; /* as in a Host header */
	const char *path;         /* of the URL, in the URL's text; may be "" */
};

/* host:port, unix:/path ...  0, or -1 with *ret_why a phrase. */
int peer_address(const char *text, struct peer *ret, const char **ret_why);

/* http://host[:port][/path][?query], or unix:/path.  The same results. */
int peer_url(const char *url, struct peer *ret, const char **ret_why);

/* Whether all addresses are this machine's own. */
bool peer_is_loopback(const struct peer *p);

/*
 * Begin to connect to address `which`: a non-blocking socket, of which poll
 * says when it is writable whether it is connected; or -errno.
 */
int peer_connect(const struct peer *p, int which);

/* 0 when that socket is connected, or -errno. */
int peer_connected(int fd);

/* The request for a path; false when it does not fit. */
bool peer_request(const struct peer *p, const char *path, struct buf *ret);

#endif
