#ifndef TESTS_FUZZ_KEPT_H
#define TESTS_FUZZ_KEPT_H

/* What a sink was given since kept_len was 0. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *kept;
static size_t kept_len;

static int
kept_add(void *arg, const void *data, size_t len)
{
	static size_t size;
	(void)arg;
	while (kept_len + len > size) {
		size = size == 0 ? 1 << 16 : size * 2;
		kept = realloc(kept, size);
	}
	memcpy(kept + kept_len, data, len);
	kept_len += len;
	return 0;
}

#endif
