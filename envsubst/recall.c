#include "envsubst/recall.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEX_LEN ((size_t)2 * DIGEST_SIZE)
#define SUFFIX_MAX 8

/* Somebody else's folder could make us serve anything. */
static bool
is_ours(int dir)
{
	struct stat st;
	return files_stat(dir, &st) == 0 && st.st_uid == geteuid() &&
	       (st.st_mode & 077) == 0;
}

static int
open_folder(bool make, int *ret_fd)
{
	const char *const places[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	char name[64];
	(void)snprintf(
	    name, sizeof(name), ".cradle-originals-%u", (unsigned)geteuid());
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		autoclose int at = -1;
		autoclose int dir = -1;
		if (places[i] == NULL || files_open_root(places[i], &at) < 0)
			continue;
		if (make)
			(void)files_make_dir(at, name, 0700);
		if (files_open_dir(at, name, &dir) < 0 || !is_ours(dir))
			continue;
		*ret_fd = TAKE_FD(dir);
		return 0;
	}
	return -ENOENT;
}

static void
to_hex(const struct digest *d, char to[HEX_LEN + 1])
{
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", d->bytes[i]);
}

/* The two files of a path: its original, and the sum of what was made of it. */
static void
name_of(const char *path, const char *suffix, char to[HEX_LEN + SUFFIX_MAX + 1])
{
	struct digest_state state;
	struct digest digest;
	digest_begin(&state);
	digest_add(&state, path, strlen(path));
	digest_end(&state, &digest);
	to_hex(&digest, to);
	(void)snprintf(to + HEX_LEN, SUFFIX_MAX + 1, "%s", suffix);
}

/* Under another name first: what is found is whole. */
static int
write_sum(int dir, const char *name, const struct digest *written)
{
	autoclose int to = -1;
	char hex[HEX_LEN + 1];
	to_hex(written, hex);
	int r = files_create(dir, FILES_TEMP "sum", 0600, &to);
	if (r == 0)
		r = files_write(to, hex, HEX_LEN);
	return r < 0 ? r : files_rename(dir, FILES_TEMP "sum", name);
}

void
recall_keep(const char *path, int original, const struct digest *written)
{
	char first[HEX_LEN + SUFFIX_MAX + 1];
	char sum[HEX_LEN + SUFFIX_MAX + 1];
	autoclose int dir = -1;
	autoclose int to = -1;

	if (open_folder(true, &dir) < 0)
		return;
	name_of(path, ".was", first);
	name_of(path, ".sum", sum);
	/* no sum, no trust, while the original changes */
	(void)files_remove(dir, sum);
	int r = files_create(dir, FILES_TEMP "was", 0600, &to);
	if (r == 0)
		r = asset_copy(original, to);
	if (r == 0)
		r = files_rename(dir, FILES_TEMP "was", first);
	if (r == 0)
		(void)write_sum(dir, sum, written);
}

static bool
is_sum_of(int dir, const char *name, int fd)
{
	autoclose int from = -1;
	char known[HEX_LEN];
	char hex[HEX_LEN + 1];
	struct digest now;
	struct stat st;

	if (files_open_read(dir, name, &from, &st) < 0 ||
	    files_read(from, known, sizeof(known)) != (ssize_t)HEX_LEN ||
	    digest_file(fd, &now) < 0)
		return false;
	to_hex(&now, hex);
	return memcmp(known, hex, HEX_LEN) == 0;
}

int
recall_find(const char *path, int fd, int *ret_fd, struct stat *ret)
{
	char name[HEX_LEN + SUFFIX_MAX + 1];
	autoclose int dir = -1;

	if (open_folder(false, &dir) < 0)
		return 0;
	name_of(path, ".sum", name);
	if (!is_sum_of(dir, name, fd))
		return 0;
	name_of(path, ".was", name);
	return files_open_read(dir, name, ret_fd, ret) == 0;
}
