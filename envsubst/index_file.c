#include "envsubst/files.h"
#include "envsubst/index_line.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The number grows with whatever hooks look for, too. */
#define FORMAT "cradle index 2 "
#define HEX_LEN ((size_t)2 * DIGEST_SIZE)

static void
digest_text(const struct text *text, struct digest *ret)
{
	struct digest_state state;
	digest_begin(&state);
	digest_add(&state, text->data, text->len);
	digest_end(&state, ret);
}

static void
print(const struct index *x, const struct digest *key, bool noted,
    struct text *to)
{
	char line[128];
	struct digest all;

	text_str(to, FORMAT);
	digest_hex(to, key);
	text_str(to, noted ? " noted\n" : " -\n");
	for (size_t i = 0; i < x->count; i++) {
		const struct index_line *e = &x->entry[i];
		(void)snprintf(line, sizeof(line),
		    "%s%s%s%s %" PRIu64 " %" PRId64 " %ld ",
		    e->flags & INDEX_LOOKED_AT ? "l" : "",
		    e->flags & INDEX_HAS_NEEDLE ? "n" : "",
		    e->flags & INDEX_CONCERNS ? "d" : "",
		    e->flags == 0 ? "-" : "", e->size, e->seconds,
		    e->nanoseconds);
		text_str(to, line);
		text_str(to, e->found == NULL ? "- -" : e->found);
		text_str(to, " ");
		text_add(to, e->path, strlen(e->path) + 1);
		text_str(to, "\n");
	}
	digest_text(to, &all);
	(void)snprintf(line, sizeof(line), "end %zu ", x->count);
	text_str(to, line);
	digest_hex(to, &all);
	text_str(to, "\n");
}

static int
write_whole(const char *path, const struct text *text)
{
	autofree char *own = NULL;
	autoclose int fd = -1;
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - path) + 1;

	if (asprintf(&own, "%.*s" FILES_TEMP "index", folder, path) == -1)
		return -ENOMEM;
	int r = files_create(AT_FDCWD, own, 0644, &fd);
	if (r < 0)
		return r;
	r = files_write(fd, text->data, text->len);
	if (r == 0)
		r = files_rename(AT_FDCWD, own, path);
	if (r < 0)
		(void)files_remove(AT_FDCWD, own);
	return r;
}

int
index_save(struct index *x, const struct digest *key, bool noted,
    const char *path, struct failure *f)
{
	autotext struct text text = TEXT_MAX(INDEX_SIZE_MAX);

	print(x, key, noted, &text);
	int r = text.failed ? -ENOMEM : write_whole(path, &text);
	return r < 0 ? failure_os(f, r, "write the index %s", path) : 0;
}

/* ---- reading it ------------------------------------------------------- */

/* Walks over one line; false when it is not as it must be. */
static bool
take_word(const char **at, const char *end, const char **ret, size_t *ret_len)
{
	const char *space = memchr(*at, ' ', (size_t)(end - *at));
	if (space == NULL || space == *at)
		return false;
	*ret = *at;
	*ret_len = (size_t)(space - *at);
	*at = space + 1;
	return true;
}

static bool
take_number(const char **at, const char *end, int64_t *ret)
{
	const char *c = *at;
	bool minus = c < end && *c == '-';
	const char *first = minus ? c + 1 : c;
	int64_t n = 0;

	for (c = first; c < end && *c >= '0' && *c <= '9'; c++)
		n = n * 10 + (*c - '0');
	/* with 18 digits at most nothing can overflow */
	if (c == first || c - first > 18 || c == end || *c != ' ')
		return false;
	*ret = minus ? -n : n;
	*at = c + 1;
	return true;
}

static bool
take_flags(const char **at, const char *end, unsigned *ret)
{
	const char *word;
	size_t len;

	*ret = 0;
	if (!take_word(at, end, &word, &len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (word[i] == 'l')
			*ret |= INDEX_LOOKED_AT;
		else if (word[i] == 'n')
			*ret |= INDEX_HAS_NEEDLE;
		else if (word[i] == 'd')
			*ret |= INDEX_CONCERNS;
		else if (word[i] != '-')
			return false;
	}
	return true;
}

static bool
take_entry(const char **at, const char *end, struct index_line *ret)
{
	const char *word;
	size_t len;
	int64_t size;
	int64_t nanoseconds;

	if (!take_flags(at, end, &ret->flags) || !take_number(at, end, &size) ||
	    !take_number(at, end, &ret->seconds) ||
	    !take_number(at, end, &nanoseconds) ||
	    !take_word(at, end, &word, &len) ||
	    !take_word(at, end, &word, &len))
		return false;
	const char *nul = memchr(*at, '\0', (size_t)(end - *at));
	if (nul == NULL || end - nul < 2 || nul[1] != '\n')
		return false;
	ret->path = *at;
	ret->size = (uint64_t)size;
	ret->nanoseconds = (long)nanoseconds;
	*at = nul + 2;
	return true;
}

static int
parse_entries(struct index *x, const char **at, const char *end)
{
	while (*at < end) {
		struct index_line e = { 0 };
		if (!take_entry(at, end, &e))
			return -EBADMSG;
		if (x->count > 0 &&
		    strcmp(x->entry[x->count - 1].path, e.path) >= 0)
			return -EBADMSG;
		int r = index_add_line(x, &e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The last line, which vouches for all before it: where it begins. */
static const char *
check_end(const struct text *text)
{
	struct text before = *text;
	autotext struct text hex = TEXT_MAX(256);
	struct digest all;
	size_t at = text->len;

	if (at < HEX_LEN + 8 || text->data[at - 1] != '\n')
		return NULL;
	for (at--; at > 0 && text->data[at - 1] != '\n'; at--)
		;
	const char *last = text->data + at;
	size_t len = text->len - at;
	before.len = at;
	digest_text(&before, &all);
	digest_hex(&hex, &all);
	return !hex.failed && len > HEX_LEN + 5 &&
		       memcmp(last, "end ", 4) == 0 &&
		       memcmp(text->data + text->len - 1 - HEX_LEN, hex.data,
			   HEX_LEN) == 0
		   ? last
		   : NULL;
}

static int
check_count(const struct index *x, const char *last)
{
	char want[32];
	int len = snprintf(want, sizeof(want), "end %zu ", x->count);
	size_t have = (size_t)(x->text.data + x->text.len - last);
	return have == (size_t)len + HEX_LEN + 1 &&
		       memcmp(last, want, (size_t)len) == 0
		   ? 0
		   : -EBADMSG;
}

/* 0, -ENOMEM, -EBADMSG: damaged, or -ESRCH: made for something else. */
static int
parse(struct index *x, const struct digest *key)
{
	static const size_t len = sizeof(FORMAT) - 1;
	autotext struct text hex = TEXT_MAX(256);
	const char *end = check_end(&x->text);
	const char *at = x->text.data;

	if (end == NULL)
		return -EBADMSG;
	digest_hex(&hex, key);
	if (hex.failed)
		return -ENOMEM;
	if ((size_t)(end - at) < len + HEX_LEN + 3)
		return -EBADMSG;
	if (memcmp(at, FORMAT, len) != 0 ||
	    memcmp(at + len, hex.data, HEX_LEN) != 0)
		return -ESRCH;
	at += len + HEX_LEN + 1;
	x->noted = *at == 'n';
	at = memchr(at, '\n', (size_t)(end - at));
	if (at == NULL)
		return -EBADMSG;
	at++;
	int r = parse_entries(x, &at, end);
	if (r == 0)
		r = check_count(x, end);
	return r < 0 ? r : index_hash(x);
}

static int
read_all(const char *path, struct text *to)
{
	autoclose int fd = -1;
	struct stat st;
	int r = files_open_named(path, &fd, &st);
	if (r < 0)
		return r;
	if (st.st_size > INDEX_SIZE_MAX)
		return -EFBIG;
	to->data = calloc((size_t)st.st_size + 1, 1);
	if (to->data == NULL)
		return -ENOMEM;
	to->size = (size_t)st.st_size + 1;
	while (to->len < (size_t)st.st_size) {
		ssize_t n = files_read(
		    fd, to->data + to->len, (size_t)st.st_size - to->len);
		if (n <= 0)
			return n < 0 ? (int)n : -EBADMSG;
		to->len += (size_t)n;
	}
	return 0;
}

int
index_load(const char *path, const struct digest *key, struct index **ret,
    const char **ret_why)
{
	*ret = NULL;
	*ret_why = NULL;
	struct index *x = index_new();
	if (x == NULL)
		return -ENOMEM;
	x->owns_paths = false;
	int r = read_all(path, &x->text);
	if (r == 0)
		r = parse(x, key);
	if (r == 0) {
		*ret = x;
		return 0;
	}
	index_free(x);
	if (r == -ENOMEM)
		return r;
	if (r != -ENOENT)
		*ret_why = r == -EBADMSG ? "it is damaged"
			   : r == -ESRCH ? "it was made with other settings or "
					   "by another version"
					 : strerror(-r);
	return 0;
}
