#include "core/fd.c"
#include "core/clock.c"
#include "envsubst/files.c"
#include "envsubst/column.c"
#include "envsubst/segments.c"
#include "envsubst/srcmap.c"

#include "kept.h"

#include <assert.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
file_of(const void *data, size_t size)
{
	int fd = memfd_create("map", MFD_CLOEXEC);
	assert(fd != -1);
	assert(write(fd, data, size) == (ssize_t)size);
	return fd;
}

/* Edits in order, from a few bytes. */
static void
make_edits(const uint8_t *data, size_t count, struct srcmap_edit *to)
{
	struct srcmap_edit at = { 0 };
	for (size_t i = 0; i < count; i++, data += 4) {
		struct column gap = { data[0] & 1, data[0] >> 1 };
		struct column old = { data[1] & 1, data[1] >> 1 };
		struct column new = { data[2] & 1, data[2] >> 1 };
		at.start = at.end;
		at.new_start = at.new_end;
		at.start.line += gap.line;
		at.new_start.line += gap.line;
		at.start.column =
		    gap.line ? gap.column : at.start.column + gap.column;
		at.new_start.column =
		    gap.line ? gap.column : at.new_start.column + gap.column;
		at.end = at.start;
		at.end.line += old.line;
		at.end.column =
		    old.line ? old.column : at.end.column + old.column;
		at.new_end = at.new_start;
		at.new_end.line += new.line;
		at.new_end.column =
		    new.line ? new.column : at.new_end.column + new.column;
		to[i] = at;
	}
}

/*
 * What was asked without writing is the same with it; without edits a map is
 * the same; what is written is a map again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srcmap_edit edits[4];
	struct srcmap m = { edits, 0 };
	enum srcmap_found asked;
	enum srcmap_found found;

	if (size < 17)
		return 0;
	m.count = data[0] % 5;
	make_edits(data + 1, m.count, edits);
	data += 17;
	size -= 17;

	autoclose int fd = file_of(data, size);
	assert(srcmap_rewrite(&m, fd, NULL, NULL, &asked) == 0);
	kept_len = 0;
	assert(srcmap_rewrite(&m, fd, kept_add, NULL, &found) == 0);
	assert(asked == found);
	if (found != SRCMAP_SAME && found != SRCMAP_MOVED)
		return 0;
	autoclose int again = file_of(kept, kept_len);
	assert(srcmap_rewrite(&(struct srcmap){ NULL, 0 }, again, NULL, NULL,
		   &found) == 0);
	assert(found == SRCMAP_SAME);
	return 0;
}
