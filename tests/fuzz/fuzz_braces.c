#include "config/arena.c"
#include "envsubst/braces.c"
#include "envsubst/sequence.c"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a pattern is, its words are bounded in number and in memory. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena memory;
	struct braces words;
	char pattern[512];

	if (size >= sizeof(pattern) || arena_open(&memory) < 0)
		return 0;
	memcpy(pattern, data, size);
	pattern[size] = '\0';
	if (braces_expand(&memory, pattern, &words) == 0) {
		assert(words.count <= BRACES_WORDS_MAX);
		for (size_t i = 0; i < words.count; i++)
			assert(strlen(words.word[i]) < 64 * sizeof(pattern));
	}
	arena_close(&memory);
	return 0;
}
