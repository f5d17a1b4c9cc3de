#include "envsubst/manifest.h"

#include "core/hex.h"
#include "envsubst/files.h"
#include "envsubst/room.h"
#include "envsubst/text.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FORMAT "cradle manifest 1\n"
#define SIZE_LIMIT (512 * 1024 * 1024)
#define HEX_LEN ((size_t)2 * DIGEST_SIZE)

static int
by_path(const void *a, const void *b)
{
	const struct manifest_entry *one = a;
	const struct manifest_entry *other = b;
	int order = strcmp(one->path, other->path);
	if (order == 0)
		order = memcmp(
		    &one->written, &other->written, sizeof(one->written));
	return order != 0 ? order : (int)one->mark - (int)other->mark;
}

/* By path, and each entry once. */
void
manifest_sort(struct manifest *m)
{
	size_t kept = 0;
	if (m->sorted || m->count == 0)
		return;
	qsort(m->entry, m->count, sizeof(*m->entry), by_path);
	for (size_t i = 1; i < m->count; i++) {
		if (by_path(&m->entry[kept], &m->entry[i]) == 0)
			free(m->entry[i].path);
		else
			m->entry[++kept] = m->entry[i];
	}
	m->count = kept + 1;
	m->sorted = true;
}

/* The first entry at or behind that path. */
static size_t
lower_bound(const struct manifest *m, const char *path)
{
	size_t from = 0;
	size_t to = m->count;

	assert(m->sorted || m->count == 0);
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (strcmp(m->entry[middle].path, path) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct manifest_entry *
manifest_find(
    const struct manifest *m, const char *path, const struct digest *written)
{
	for (size_t i = lower_bound(m, path); i < m->count; i++) {
		const struct manifest_entry *e = &m->entry[i];
		if (strcmp(e->path, path) != 0)
			return NULL;
		if (written == NULL ||
		    memcmp(&e->written, written, sizeof(*written)) == 0)
			return e;
	}
	return NULL;
}

bool
manifest_has(
    const struct manifest *m, const char *path, enum manifest_mark mark)
{
	for (size_t i = lower_bound(m, path); i < m->count; i++) {
		const struct manifest_entry *e = &m->entry[i];
		if (strcmp(e->path, path) != 0)
			return false;
		if (e->mark == mark)
			return true;
	}
	return false;
}

int
manifest_add(struct manifest *m, const char *path, const struct digest *written,
    enum manifest_mark mark)
{
	if (room_for_one(&m->entry, &m->room, m->count, sizeof(*m->entry)) < 0)
		return -ENOMEM;
	char *copy = strdup(path);
	if (copy == NULL)
		return -ENOMEM;
	struct manifest_entry *e = &m->entry[m->count++];
	e->path = copy;
	e->written = *written;
	e->mark = mark;
	m->sorted = false;
	return 0;
}

void
manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->entry[i].path);
	free(m->entry);
	*m = (struct manifest){ 0 };
}

int
manifest_add_all(struct manifest *m, const struct manifest *from)
{
	int r = 0;
	for (size_t i = 0; i < from->count && r == 0; i++)
		r = manifest_add(m, from->entry[i].path,
		    &from->entry[i].written, from->entry[i].mark);
	return r;
}

static bool
parse_digest(const char *hex, struct digest *ret)
{
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(hex[2 * i]);
		int low = hex_value(hex[2 * i + 1]);
		if (high == -1 || low == -1)
			return false;
		ret->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool
is_mark(char c)
{
	return c == MANIFEST_CHANGED || c == MANIFEST_MADE ||
	       c == MANIFEST_REMOVED;
}

/* A relative path that stays below its root. */
static bool
is_inner_path(const char *path)
{
	for (const char *p = path;; p++) {
		size_t n = strcspn(p, "/");
		if (n == 0 || (n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '\0')
			return p - path < PATH_MAX;
	}
}

static int
parse(struct manifest *m, const char *at, const char *end)
{
	char last[32];
	size_t before = m->count;
	size_t n = strlen(FORMAT);

	if ((size_t)(end - at) < n || memcmp(at, FORMAT, n) != 0)
		return -EBADMSG;
	at += n;
	while ((size_t)(end - at) > HEX_LEN && is_mark(at[HEX_LEN])) {
		struct digest digest;
		const char *path = at + HEX_LEN + 1;
		const char *nul = memchr(path, '\0', (size_t)(end - path));
		if (nul == NULL || end - nul < 2 || nul[1] != '\n' ||
		    !parse_digest(at, &digest) || !is_inner_path(path))
			return -EBADMSG;
		int r = manifest_add(
		    m, path, &digest, (enum manifest_mark)at[HEX_LEN]);
		if (r < 0)
			return r;
		at = nul + 2;
	}
	int len = snprintf(last, sizeof(last), "end %zu\n", m->count - before);
	if (end - at != len || memcmp(at, last, (size_t)len) != 0)
		return -EBADMSG;
	return 0;
}

static int
read_all(int fd, size_t size, struct text *to)
{
	char piece[4096];
	while (to->len < size) {
		ssize_t n = files_read(fd, piece, sizeof(piece));
		if (n <= 0)
			return (int)n;
		text_add(to, piece, (size_t)n);
	}
	return to->failed ? -ENOMEM : 0;
}

int
manifest_load(struct manifest *m, int dir, const char *name,
    const char *dir_name, struct failure *f)
{
	autotext struct text text = TEXT_MAX(SIZE_LIMIT);
	autoclose int fd = -1;
	struct stat st;

	int r = files_open_read(dir, name, &fd, &st);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = read_all(fd, (size_t)st.st_size, &text);
	if (r == 0)
		r = text.len == 0 ? -EBADMSG
				  : parse(m, text.data, text.data + text.len);
	if (r == -EBADMSG)
		return failure_set(f, EXITS_OSERR,
		    "cannot use %s/%s: it is damaged (start from a fresh copy "
		    "of the assets, and remove %s)",
		    dir_name, name, dir_name);
	return r < 0 ? failure_os(f, r, "read %s/%s", dir_name, name) : 0;
}

static void
print(const struct manifest *m, struct text *to)
{
	char last[32];

	text_str(to, FORMAT);
	for (size_t i = 0; i < m->count; i++) {
		const struct manifest_entry *e = &m->entry[i];
		digest_hex(to, &e->written);
		char mark = (char)e->mark;
		text_add(to, &mark, 1);
		text_add(to, e->path, strlen(e->path) + 1);
		text_str(to, "\n");
	}
	(void)snprintf(last, sizeof(last), "end %zu\n", m->count);
	text_str(to, last);
}

int
manifest_save(struct manifest *m, int dir, const char *name,
    const char *dir_name, struct failure *f)
{
	autotext struct text text = TEXT_MAX(SIZE_LIMIT);
	autoclose int fd = -1;
	char own[64];

	manifest_sort(m);
	print(m, &text);
	(void)snprintf(own, sizeof(own), FILES_TEMP "%.32s", name);
	int r = text.failed ? -ENOMEM : files_create(dir, own, 0600, &fd);
	if (r == 0) {
		r = files_write(fd, text.data, text.len);
		if (r == 0)
			r = files_rename(dir, own, name);
		if (r < 0)
			(void)files_remove(dir, own);
	}
	return r < 0 ? failure_os(f, r, "write %s/%s", dir_name, name) : 0;
}
