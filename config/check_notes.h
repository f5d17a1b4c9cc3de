#ifndef CONFIG_CHECK_NOTES_H
#define CONFIG_CHECK_NOTES_H

#include "config/plan.h"

#define CHECK_NOTES_MAX 64

struct check_note {
	bool wrong; /* else a warning */
	char text[512];
};

struct check_notes {
	struct check_note
	    item[CHECK_NOTES_MAX]; /* more than that is left out */
	size_t count;
	bool wrong; /* one of them is, left out or not */
};

/* For the parts of check_notes_take: one more. */
void check_notes_add(struct check_notes *notes, bool wrong, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * What is wrong or doubtful with a plan that plan_load took, on this machine:
 * references, files, commands, ports.  Looks, and touches nothing.
 */
void check_notes_take(const struct plan *plan, char *const environ_in[],
    struct check_notes *notes);

#endif
