#ifndef REMOTE_HTTP_URL_H
#define REMOTE_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the URL's host is this machine: 127.0.0.0/8, ::1 or localhost. */
bool http_url_is_loopback(const char *url);

/*
 * The host that a Location header points to, for a message: host names only,
 * no port, path or user.  relative_to is the request's own URL.  "" when it
 * cannot be told.
 */
void http_url_host(
    const char *location, const char *relative_to, char *ret, size_t size);

#endif
