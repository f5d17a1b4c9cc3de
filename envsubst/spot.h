#ifndef ENVSUBST_SPOT_H
#define ENVSUBST_SPOT_H

#include <stdint.h>

/* Where a byte of a file stands for people, who count from one. */
struct spot {
	uint64_t offset;
	uint64_t line;
	uint64_t column; /* in bytes */
};

#define SPOT_BEGIN      \
	{               \
		0, 1, 1 \
	}

/*
 * Go on to the offset, which is not before the spot.  Best effort: where the
 * file cannot be read that far it stays behind.
 */
void spot_move(struct spot *s, int fd, uint64_t offset);

#endif
