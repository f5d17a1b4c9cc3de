#ifndef TESTS_SYSTEM_PROBE_H
#define TESTS_SYSTEM_PROBE_H

#include "ns.h"

/*
 * HTTP on 127.0.0.1, for what the tests ask cradle and its apps.
 */
struct probe_reply {
	int status; /* 0: no connection, or no answer in time */
	char *body; /* "" at least; freed by scratch_end */
};

/* One GET. */
struct probe_reply probe_get(int port, const char *path, int ms);

/* The same in two steps: a connection that has asked, or -1; then its reply. */
int probe_ask(int port, const char *path);
struct probe_reply probe_hear(int fd, int ms);

/* GET until the status is this one; fails the test when it does not come. */
struct probe_reply probe_until(
    struct ns *ns, int port, const char *path, int status, int ms);

/* A port that is free now. */
int probe_free_port(void);

#endif
