#ifndef NOTIFY_ALERT_H
#define NOTIFY_ALERT_H

#include "notify/letter.h"
#include "notify/limit.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What stands between the events and a sink that people read: it turns the
 * reports into letters as notify/limit.h says.  Of the repeats held back for a
 * digest only the newest stays open with PID 1, so that a courier which dies
 * gets that one again and tells of it anew; the older ones are handed out as
 * settled.  With more than ALERT_MAX incidents at once the oldest quiet one is
 * forgotten, and when none is quiet new ones are told unfolded.
 */
#define ALERT_MAX 64

struct incident {
	enum limit_state state;
	char service[WIRE_NAME_MAX + 1];
	char fingerprint[FINGERPRINT_SIZE];
	unsigned windows;
	int64_t due_ms;
	int64_t since_ns;
	int64_t seen;
	struct letter held;
};

struct alert {
	enum sink_kind sink;
	struct incident incident[ALERT_MAX];
};

struct alert_step {
	bool send;
	struct letter letter; /* to send, when send */
	struct report
	    *settled; /* one that needs no message of its own, or NULL */
};

void alert_init(struct alert *a, enum sink_kind sink);

/* A new report: it goes into *ret, or is held. */
void alert_take(
    struct alert *a, struct report *r, int64_t now, struct alert_step *ret);

/*
 * The digest of one window that is over at `now` (NEVER: of any that holds
 * something).  false when there is no more.
 */
bool alert_due(struct alert *a, int64_t now, struct letter *ret);

/* When the next window ends; NEVER when no incident is open. */
int64_t alert_deadline(const struct alert *a);

#endif
