#ifndef NOTIFY_LETTER_H
#define NOTIFY_LETTER_H

#include "notify/report.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What goes to one sink in one request: mostly one report, sometimes several of
 * the same kind that have been put together.  The newest of them is shown.
 */
struct letter {
	enum sink_kind sink;
	struct report *oldest; /* linked by next[sink] */
	struct report *newest;
	int64_t
	    repeats;  /* crashes told of here, beyond the one that is shown */
	int64_t seen; /* times this was seen since since_ns; 0: not counted */
	int64_t since_ns;
	int64_t dropped; /* older letters that had to go */
	bool digest;
	bool reduced; /* the simpler form, after the full one was refused */
	int tries;
	int64_t born_ms;
	int64_t not_before_ms;
};

/* A letter with one report. */
struct letter letter_of(enum sink_kind sink, struct report *r);

bool letter_is_empty(const struct letter *l);

/* Append; the letter then shows r and counts what it had as repeats. */
void letter_add(struct letter *l, struct report *r);

/* Take the oldest report out: NULL when there is none. */
struct report *letter_pop(struct letter *l);

/*
 * The report that tells why: the newest, or, when that one only says that
 * things went on like this (a crash loop, giving up) and brings no last words
 * of its own, the newest crash in the letter that has some.
 */
const struct report *letter_witness(const struct letter *l);

/* Put the reports of `from` before l's own; what l shows stays. */
void letter_join(struct letter *l, struct letter *from);

#endif
