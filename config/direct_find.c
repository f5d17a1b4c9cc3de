#include "config/direct_find.h"

#include "config/direct_package.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char bins[] = "node_modules/.bin";

static bool
is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

/* folder/name when that is a program; else NULL, and nothing was taken. */
static const char *
try(const char *folder, size_t folder_len, const char *name,
    struct arena *arena)
{
	struct arena before = *arena;
	const char *in = arena_text(arena, folder, folder_len);
	const char *path = direct_package_join(in, name, arena);
	if (is_program(path))
		return path;
	*arena = before;
	return NULL;
}

const char *
direct_find_program(
    const char *name, const char *path, const char *cwd, struct arena *arena)
{
	if (name[0] == '/')
		return is_program(name) ? name : NULL;
	if (strchr(name, '/') != NULL)
		return try(cwd, strlen(cwd), name, arena);
	for (;;) {
		struct arena before = *arena;
		size_t len = strcspn(path, ":");
		const char *folder = arena_text(arena, path, len);
		if (folder[0] != '/')
			folder = direct_package_join(cwd, folder, arena);
		const char *found = try(folder, strlen(folder), name, arena);
		if (found != NULL || path[len] == '\0')
			return found;
		*arena = before;
		path += len + 1;
	}
}

const char *
direct_find_bin(const char *name, const char *folder, struct arena *arena)
{
	size_t len = strlen(folder);
	if (strchr(name, '/') != NULL)
		return NULL;
	for (;;) {
		struct arena before = *arena;
		const char *in = direct_package_join(
		    arena_text(arena, folder, len), bins, arena);
		const char *found = try(in, strlen(in), name, arena);
		if (found != NULL)
			return found;
		*arena = before;
		while (len > 0 && folder[len - 1] != '/')
			len--;
		if (len == 0)
			return NULL;
		len--;
	}
}

const char *
direct_find_path(const char *folder, const char *path, struct arena *arena)
{
	size_t len = strlen(folder), depth = 1;
	if (len == 1)
		len = 0;
	for (size_t i = 0; i < len; i++)
		depth += folder[i] == '/';
	size_t max = depth * (len + sizeof(bins) + 1) + strlen(path) + 1;
	char *made = arena_room(arena, max), *to = made;
	for (;;) {
		memcpy(to, folder, len);
		to += len;
		*to++ = '/';
		memcpy(to, bins, sizeof(bins) - 1);
		to += sizeof(bins) - 1;
		*to++ = ':';
		if (len == 0)
			break;
		do
			len--;
		while (folder[len] != '/');
	}
	memcpy(to, path, strlen(path) + 1);
	arena_keep(arena, (size_t)(to - made) + strlen(path) + 1);
	return made;
}
