#ifndef SUPERVISOR_LISTENER_H
#define SUPERVISOR_LISTENER_H

#include <stddef.h>

/*
 * Open the listening socket that the health role will serve; it belongs to PID
 * 1, so that probes wait in its queue while that role is started again.  text
 * is an address as config/listen.h reads it.  The descriptor (non-blocking,
 * close-on-exec), or -errno with a phrase in why.
 */
int listener_open(const char *text, char *why, size_t why_size);

/*
 * The same for an address that was parsed: a blocking socket, or what type adds
 * (SOCK_NONBLOCK); ":port" is opened on 0.0.0.0 where there is no IPv6.
 */
struct listen_at;
int listener_at(struct listen_at *at, int type, int backlog);

#endif
