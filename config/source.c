#include "config/source.h"

#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
fail(struct plan_error *error, const char *path, const char *why)
{
	error->code = EXITS_CONFIG;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot read the configuration %.400s: %s", path, why);
	return -1;
}

/* O_NONBLOCK: opening a FIFO must not wait for somebody to write to it. */
static int
open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* The first of the usual places that is there; else *ret_path is "". */
static int
search(const char **ret_path)
{
	static const char *const places[] = { "cradle.json",
		"/etc/cradle.json" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int fd = open_file(places[i]);
		*ret_path = places[i];
		if (fd != -1 || (errno != ENOENT && errno != ENOTDIR))
			return fd;
	}
	*ret_path = "";
	return -1;
}

static int
parse(const char *path, const char *data, size_t size, struct arena *arena,
    struct json **ret, struct plan_error *error)
{
	struct json_error where;
	if (json_read(data, size, arena, ret, &where) == 0)
		return 0;
	error->code = EXITS_CONFIG;
	(void)snprintf(error->text, sizeof(error->text),
	    "cannot read the configuration %.400s:%u:%u: %s", path,
	    where.at.line, where.at.column, where.text);
	return -1;
}

static int
parse_file(const char *path, int fd, struct arena *arena, struct json **ret,
    struct plan_error *error)
{
	struct stat st;
	if (fstat(fd, &st) == -1)
		return fail(error, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(error, path, "it is not a regular file");
	char *data = arena_room(arena, JSON_SIZE_MAX + 1);
	ssize_t n = fd_read_full(fd, data, JSON_SIZE_MAX + 1);
	if (n < 0)
		return fail(error, path, strerror((int)-n));
	if ((size_t)n > JSON_SIZE_MAX)
		return fail(error, path, "it is larger than 1 MiB");
	arena_keep(arena, (size_t)n);
	return parse(path, data, (size_t)n, arena, ret, error);
}

int
source_read(const char *asked, struct arena *arena, const char **ret_path,
    struct json **ret_top, struct plan_error *ret_error)
{
	const char *path = asked;
	autoclose int fd = asked != NULL ? open_file(asked) : search(&path);
	if (fd == -1 && path[0] != '\0')
		return fail(ret_error, path, strerror(errno));
	*ret_path = arena_text(arena, path, strlen(path));
	*ret_top = NULL;
	if (fd == -1)
		return 0;
	return parse_file(path, fd, arena, ret_top, ret_error);
}

int
source_take(const struct plan_text *text, struct arena *arena,
    const char **ret_path, struct json **ret_top, struct plan_error *ret_error)
{
	*ret_path = arena_text(arena, text->title, strlen(text->title));
	return parse(
	    *ret_path, text->data, text->size, arena, ret_top, ret_error);
}
