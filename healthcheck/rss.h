#ifndef HEALTHCHECK_RSS_H
#define HEALTHCHECK_RSS_H

#include <stdint.h>

/*
 * Resident memory of PID 1 and of this process, read from descriptors that are
 * opened before the jail: no file can be opened later, so the other roles,
 * which come and go, are not shown.
 */

enum rss_of { RSS_INIT, RSS_HEALTH, RSS_COUNT };

void rss_open(void);

/* Bytes; -1 when the kernel does not say. */
int64_t rss_read(enum rss_of whose);

const char *rss_role(enum rss_of whose);

#endif
