#include "envsubst/digest.h"

#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdint.h>

#define PIECE ((size_t)64 * 1024)

void
digest_begin(struct digest_state *s)
{
	(void)crypto_generichash_init(&s->hash, NULL, 0, DIGEST_SIZE);
}

void
digest_add(struct digest_state *s, const void *data, size_t len)
{
	(void)crypto_generichash_update(&s->hash, data, len);
}

void
digest_end(struct digest_state *s, struct digest *ret)
{
	(void)crypto_generichash_final(&s->hash, ret->bytes, DIGEST_SIZE);
}

int
digest_file(int fd, struct digest *ret)
{
	struct digest_state state;
	autofree char *piece = malloc(PIECE);
	uint64_t at = 0;

	if (piece == NULL)
		return -ENOMEM;
	digest_begin(&state);
	for (;;) {
		ssize_t n = files_read_at(fd, piece, PIECE, at);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		digest_add(&state, piece, (size_t)n);
		at += (uint64_t)n;
	}
	digest_end(&state, ret);
	return 0;
}

void
digest_hex(struct text *to, const struct digest *d)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		text_add(to, &hex[d->bytes[i] >> 4], 1);
		text_add(to, &hex[d->bytes[i] & 15], 1);
	}
}
