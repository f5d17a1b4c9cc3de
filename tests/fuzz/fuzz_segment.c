#include "config/arena.c"
#include "core/utf8.c"
#include "envsubst/blank.c"
#include "envsubst/bracket.c"
#include "envsubst/extglob.c"
#include "envsubst/extglob_tree.c"
#include "envsubst/regex.c"
#include "envsubst/segment.c"
#include "envsubst/utf16.c"
#include "envsubst/unicode.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The pattern up to a NUL, then a name: any of them ends, and soon. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena memory;
	struct segment s;
	char text[400];

	if (size >= sizeof(text) || arena_open(&memory) < 0)
		return 0;
	memcpy(text, data, size);
	memset(text + size, 0, sizeof(text) - size);
	const char *name = text + strlen(text) + 1;
	if (segment_parse(&memory, text, &s) == 0 &&
	    s.kind == SEGMENT_PATTERN && size < sizeof(text) - 1)
		(void)segment_match(&s, name);
	arena_close(&memory);
	return 0;
}
