#include "envsubst/spot.h"

#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <string.h>

#define PIECE ((size_t)64 * 1024)

static void
step(struct spot *s, const char *data, size_t len)
{
	const char *end = data + len;
	const char *newline;

	s->offset += len;
	while ((newline = memchr(data, '\n', (size_t)(end - data))) != NULL) {
		s->line++;
		s->column = 1;
		data = newline + 1;
	}
	s->column += (uint64_t)(end - data);
}

void
spot_move(struct spot *s, int fd, uint64_t offset)
{
	autofree char *piece = malloc(PIECE);

	while (piece != NULL && s->offset < offset) {
		uint64_t left = offset - s->offset;
		ssize_t n = files_read_at(
		    fd, piece, left < PIECE ? (size_t)left : PIECE, s->offset);
		if (n <= 0)
			return;
		step(s, piece, (size_t)n);
	}
}
