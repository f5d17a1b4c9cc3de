#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

/*
 * One datagram of sd_notify(3): lines of NAME=VALUE.  What cradle does not
 * know (FDSTORE and its like), and what is not well-formed, is passed over.
 */

#define NOTIFY_MAX 4096 /* of one datagram; what is longer is cut */
#define NOTIFY_STATUS_SIZE 128
#define NOTIFY_US_MAX (INT64_C(24) * 3600 * 1000000)

enum notify_word {
	NOTIFY_READY = 1 << 0,
	NOTIFY_RELOADING = 1 << 1,
	NOTIFY_STOPPING = 1 << 2,
	NOTIFY_STATUS = 1 << 3,        /* status: what it says of itself */
	NOTIFY_WATCHDOG = 1 << 4,      /* it is alive */
	NOTIFY_TRIGGER = 1 << 5,       /* it asks to be replaced */
	NOTIFY_WATCHDOG_USEC = 1 << 6, /* watchdog_us: its new period */
	NOTIFY_EXTEND = 1 << 7,        /* extend_us: more time, from now */
	NOTIFY_MAINPID = 1 << 8,       /* understood, and not followed */
};

struct notify {
	unsigned words;
	int64_t watchdog_us; /* 1 to NOTIFY_US_MAX */
	int64_t extend_us;
	char status[NOTIFY_STATUS_SIZE]; /* UTF-8 without control characters */
};

/* Never fails: nothing understood is no words. */
void notify_scan(const char *data, size_t len, struct notify *ret);

#endif
