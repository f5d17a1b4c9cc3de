#include "envsubst/maps.h"

#include "envsubst/files.h"
#include "envsubst/reference.h"
#include "envsubst/srcmap.h"

#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PIECE ((size_t)64 * 1024)
#define TAIL ((size_t)4096)
#define EDITS_IN_MAP_MAX 65536

/* ---- where a file's map is -------------------------------------------- */

static bool
may_have_map(const char *path)
{
	static const char *const kinds[] = { ".js", ".mjs", ".cjs", ".css" };
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot != NULL && i < ARRAY_LEN(kinds); i++)
		if (strcmp(dot, kinds[i]) == 0)
			return true;
	return false;
}

/* The last sourceMappingURL in a comment of either kind. */
static const char *
find_url(const char *text, size_t len, size_t *ret_len)
{
	static const char name[] = "# sourceMappingURL=";
	const size_t n = sizeof(name) - 1;
	const char *found = NULL;

	for (size_t i = 2; i + n < len; i++)
		if ((text[i] == '#' || text[i] == '@') &&
		    memcmp(text + i + 1, name + 1, n - 1) == 0 &&
		    text[i - 2] == '/' &&
		    (text[i - 1] == '/' || text[i - 1] == '*'))
			found = text + i + n;
	if (found == NULL)
		return NULL;
	const char *end = found;
	while (end < text + len && strchr(" \t\r\n*'\"`", *end) == NULL)
		end++;
	*ret_len = (size_t)(end - found);
	return found;
}

enum where { NO_MAP, MAP_BESIDE, MAP_INSIDE };

static int
read_tail(struct changes *c, const char *file, char *text, size_t *ret_len,
    struct failure *f)
{
	autoclose int fd = -1;
	struct stat st;
	int r = changes_open_old(c, file, &fd, &st, f);
	*ret_len = 0;
	if (r != 0)
		return r < 0 ? -1 : 0;
	uint64_t size = (uint64_t)st.st_size;
	ssize_t n =
	    files_read_at(fd, text, TAIL, size > TAIL ? size - TAIL : 0);
	if (n < 0)
		return failure_os(f, (int)n, "read %s", file);
	*ret_len = (size_t)n;
	return 0;
}

static int
exists(struct changes *c, const char *path, struct failure *f)
{
	autoclose int fd = -1;
	struct stat st;
	int r = changes_open_old(c, path, &fd, &st, f);
	return r < 0 ? -1 : r == 0;
}

static int
find_map(struct changes *c, const char *file, char path[PATH_MAX],
    enum where *ret, struct failure *f)
{
	autofree char *tail = malloc(TAIL);
	size_t len;
	size_t url_len;

	if (tail == NULL)
		return failure_os(f, -ENOMEM, "read %s", file);
	if (read_tail(c, file, tail, &len, f) < 0)
		return -1;
	const char *url = find_url(tail, len, &url_len);
	if (url != NULL && url_len > 5 && memcmp(url, "data:", 5) == 0) {
		*ret = MAP_INSIDE;
		return 0;
	}
	int r = 0;
	if (url != NULL && reference_resolve(file, url, url_len, path) == 0)
		r = exists(c, path, f);
	if (r == 0 && snprintf(path, PATH_MAX, "%s.map", file) < PATH_MAX)
		r = exists(c, path, f);
	*ret = r > 0 ? MAP_BESIDE : NO_MAP;
	return r < 0 ? -1 : 0;
}

/* ---- what has moved --------------------------------------------------- */

static int
step_over(struct column *p, int fd, uint64_t from, uint64_t to, char *piece)
{
	while (from < to) {
		size_t size = to - from < PIECE ? (size_t)(to - from) : PIECE;
		ssize_t n = files_read_at(fd, piece, size, from);
		if (n <= 0)
			return n < 0 ? (int)n : -ESTALE;
		column_step(p, piece, (size_t)n);
		from += (uint64_t)n;
	}
	return 0;
}

/* Where a place behind an edit is now, when nothing lies between. */
static struct column
moved_by(const struct srcmap_edit *e, struct column at)
{
	if (at.line == e->end.line)
		at.column += e->new_end.column - e->end.column;
	at.line += e->new_end.line - e->end.line;
	return at;
}

static int
find_columns(
    const struct edit_list *edits, int old, int new, struct srcmap_edit *to)
{
	autofree char *piece = malloc(PIECE);
	struct srcmap_edit last = { 0 };
	uint64_t at = 0;
	uint64_t new_at = 0;
	int r = piece == NULL ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < edits->count; i++) {
		const struct edit *e = &edits->edit[i];
		struct srcmap_edit s = { .start = last.end };
		r = step_over(&s.start, old, at, e->start, piece);
		s.end = s.start;
		if (r == 0)
			r = step_over(
			    &s.end, old, e->start, e->start + e->len, piece);
		new_at += e->start - at;
		s.new_start = s.new_end = moved_by(&last, s.start);
		if (r == 0)
			r = step_over(&s.new_end, new, new_at,
			    new_at + e->written, piece);
		at = e->start + e->len;
		new_at += e->written;
		to[i] = last = s;
	}
	return r;
}

/* ---- one file --------------------------------------------------------- */

static int
put_fd(void *arg, const void *data, size_t len)
{
	const int *fd = arg;
	return files_write(*fd, data, len);
}

static int
write_map(struct changes *c, const char *path, const struct srcmap *m, int fd,
    struct failure *f)
{
	autoclose int to = -1;
	enum srcmap_found found;

	if (changes_write(c, path, &to, f) < 0)
		return -1;
	int r = srcmap_rewrite(m, fd, put_fd, &to, &found);
	return r < 0 ? failure_os(f, r, "write %s", path) : 0;
}

static void
warn(const char *path, const char *why)
{
	log_warn(0,
	    "cannot keep the source map %s true: %s; it is left as it "
	    "is (or leave source maps out of the image)",
	    path, why);
}

static int
rewrite(struct changes *c, const char *path, const struct srcmap *m,
    struct failure *f)
{
	autoclose int fd = -1;
	enum srcmap_found found;
	struct stat st;

	int r = changes_open_old(c, path, &fd, &st, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	r = srcmap_rewrite(m, fd, NULL, NULL, &found);
	if (r < 0)
		return failure_os(f, r, "read %s", path);
	switch (found) {
	case SRCMAP_SAME:
		return 0;
	case SRCMAP_MOVED:
		return write_map(c, path, m, fd, f);
	case SRCMAP_STRANGE:
		warn(path, "it is not one that can be read");
		return 0;
	}
	return 0;
}

static int
follow_to(struct changes *c, const char *file, const char *map,
    const struct edit_list *edits, struct failure *f)
{
	autoclose int old = -1;
	autoclose int new = -1;
	struct stat st;
	autofree struct srcmap_edit *columns =
	    calloc(edits->count, sizeof(*columns));

	if (columns == NULL)
		return failure_os(f, -ENOMEM, "read %s", map);
	int r = changes_open_old(c, file, &old, &st, f);
	if (r == 0)
		r = changes_open_new(c, file, &new, &st, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	r = find_columns(edits, old, new, columns);
	if (r < 0)
		return failure_os(f, r, "read %s", file);
	return rewrite(c, map, &(struct srcmap){ columns, edits->count }, f);
}

static int
follow(struct changes *c, const char *file, struct failure *f)
{
	const struct edit_list *edits = changes_edits(c, file);
	char map[PATH_MAX];
	enum where where = NO_MAP;

	if (edits == NULL || edits->count == 0 || !may_have_map(file))
		return 0;
	if (find_map(c, file, map, &where, f) < 0)
		return -1;
	if (where == MAP_INSIDE)
		warn(file, "it is inside of the file");
	if (where != MAP_BESIDE)
		return 0;
	if (edits->count > EDITS_IN_MAP_MAX) {
		warn(map, "there are too many edits");
		return 0;
	}
	return follow_to(c, file, map, edits, f);
}

int
maps_follow(struct changes *c, struct failure *f)
{
	size_t count = changes_count(c);
	for (size_t i = 0; i < count; i++) {
		autofree char *file = strdup(changes_path(c, i));
		if (file == NULL)
			return failure_os(f, -ENOMEM, "follow source maps");
		if (!changes_removed(c, i) && follow(c, file, f) < 0)
			return -1;
	}
	return 0;
}
