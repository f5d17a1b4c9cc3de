#ifndef PERSONALITY_DOLLAR_H
#define PERSONALITY_DOLLAR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A stream of bytes taken apart as GNU envsubst does: $NAME and ${NAME} with
 * names of ASCII letters, digits and underscores; everything else, what only
 * looks like one too, is text.  Pieces come as they arrive, in order, with no
 * bound on the stream or on a name.
 */

struct dollar_ways {
	/* Each 0, or -errno, which ends it. */
	int (*text)(void *arg, const char *data, size_t len);
	int (*name)(void *arg, const char *name, size_t len, bool braced);
};

enum dollar_state { DOLLAR_TEXT, DOLLAR_SIGN, DOLLAR_BRACE, DOLLAR_NAME };

struct dollar {
	const struct dollar_ways *ways;
	void *arg;
	enum dollar_state state;
	bool braced;
	char *name; /* mapped, not on the heap; NUL-terminated for `name` */
	size_t len;
	size_t room;
};

/* 0, -ENOMEM, or what a way returned. */
int dollar_feed(struct dollar *d, const char *data, size_t len);

/* The stream ends here. */
int dollar_end(struct dollar *d);

/* Gives the memory back; harmless on an empty one. */
void dollar_free(struct dollar *d);

#endif
