#include "config/direct_package.h"

#include "config/direct_settings.h"
#include "core/fd.h"
#include "core/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
refuse(enum direct_why *ret, enum direct_why why)
{
	*ret = why;
	return -1;
}

const char *
direct_package_join(const char *folder, const char *name, struct arena *arena)
{
	size_t len = strlen(folder);
	while (len > 0 && folder[len - 1] == '/')
		len--;
	size_t size = len + strlen(name) + 2;
	char *path = arena_room(arena, size);
	(void)snprintf(path, size, "%.*s/%s", (int)len, folder, name);
	arena_keep(arena, size);
	return path;
}

const char *
direct_package_concat(const char *a, const char *b, struct arena *arena)
{
	size_t size = strlen(a) + strlen(b) + 1;
	char *text = arena_room(arena, size);
	(void)snprintf(text, size, "%s%s", a, b);
	arena_keep(arena, size);
	return text;
}

const char *
direct_package_read(const char *path, struct arena *arena, size_t *ret_len)
{
	struct stat st;
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return NULL;
	char *data = arena_room(arena, DIRECT_PACKAGE_SIZE_MAX + 1);
	ssize_t n = fd_read_full(fd, data, DIRECT_PACKAGE_SIZE_MAX + 1);
	if (n < 0 || (size_t)n > DIRECT_PACKAGE_SIZE_MAX)
		return NULL;
	data[n] = '\0';
	arena_keep(arena, (size_t)n + 1);
	*ret_len = (size_t)n;
	return data;
}

static bool
is_file(const char *folder, const char *name)
{
	struct stat st;
	autoclose int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd != -1 && fstatat(fd, name, &st, 0) == 0 &&
	       S_ISREG(st.st_mode);
}

/* Cut the last folder off; false at the root. */
static bool
go_up(char *folder)
{
	char *slash = strrchr(folder, '/');
	if (slash == NULL || folder[1] == '\0')
		return false;
	slash[slash == folder] = '\0';
	return true;
}

bool
direct_package_above(const char *folder, const char *name)
{
	char path[PATH_MAX];
	size_t len = strlen(folder);
	if (len >= sizeof(path))
		return false;
	memcpy(path, folder, len + 1);
	do {
		if (is_file(path, name))
			return true;
	} while (go_up(path));
	return false;
}

/* The package.json of this very folder. */
static int
read_package(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why)
{
	struct json_error error;
	struct json *top;
	size_t len;
	const char *path = direct_package_join(folder, "package.json", arena);
	const char *data = direct_package_read(path, arena, &len);
	if (data == NULL || json_read(data, len, arena, &top, &error) == -1 ||
	    top->type != JSON_OBJECT)
		return refuse(ret_why, DIRECT_JSON);
	*ret = (struct direct_package){
		.folder = arena_text(arena, folder, strlen(folder)),
		.top = top,
	};
	return 0;
}

int
direct_package_find(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why)
{
	char path[PATH_MAX];
	size_t len = strlen(folder);
	if (len >= sizeof(path))
		return refuse(ret_why, DIRECT_PACKAGE);
	memcpy(path, folder, len + 1);
	do {
		if (is_file(path, "package.json"))
			return read_package(path, arena, ret, ret_why);
	} while (go_up(path));
	return refuse(ret_why, DIRECT_PACKAGE);
}

int
direct_package_at(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why)
{
	return is_file(folder, "package.json")
		   ? read_package(folder, arena, ret, ret_why)
		   : refuse(ret_why, DIRECT_PACKAGE);
}

int
direct_package_root(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why)
{
	char path[PATH_MAX];
	size_t len = strlen(folder);
	if (len >= sizeof(path))
		return refuse(ret_why, DIRECT_WORKSPACE);
	memcpy(path, folder, len + 1);
	do {
		struct arena before = *arena;
		if (!is_file(path, "package.json"))
			continue;
		if (read_package(path, arena, ret, ret_why) == -1)
			return -1;
		if (json_member(ret->top, "workspaces") != NULL ||
		    is_file(path, "pnpm-workspace.yaml"))
			return 0;
		*arena = before;
	} while (go_up(path));
	return refuse(ret_why, DIRECT_WORKSPACE);
}

const char *
direct_package_text(
    const struct direct_package *package, const char *object, const char *name)
{
	const struct json *in = package->top;
	if (object != NULL)
		in = json_member(in, object);
	if (in == NULL || in->type != JSON_OBJECT)
		return NULL;
	const struct json *member = json_member(in, name);
	return member != NULL && member->type == JSON_STRING ? member->text
							     : NULL;
}

/* ---- workspaces ---- */

struct hunt {
	const struct direct_package *root;
	const struct direct_wanted *wanted;
	struct arena *arena;
	struct direct_package *found;
	int matches;
	int seen;
	enum direct_why *why;
};

static bool
matches(const struct hunt *h, const struct direct_package *p)
{
	const struct direct_wanted *w = h->wanted;
	const char *name = direct_package_text(p, NULL, "name");
	const char *below = p->folder + strlen(h->root->folder);
	const char *folder = w->name;
	if (w->name[0] == '\0')
		return direct_package_text(p, "scripts", w->script) != NULL;
	if (name != NULL && strcmp(name, w->name) == 0)
		return true;
	if (!w->by_folder)
		return false;
	folder += strncmp(folder, "./", 2) == 0 ? 2 : 0;
	return strcmp(below + (below[0] == '/'), folder) == 0;
}

/* A candidate that is not the one leaves nothing in the arena. */
static int
look_at(struct hunt *h, const char *folder)
{
	struct arena before = *h->arena;
	struct direct_package p;
	if (!is_file(folder, "package.json"))
		return 0;
	if (h->seen++ == DIRECT_WORKSPACES_MAX)
		return refuse(h->why, DIRECT_GLOBS);
	if (read_package(folder, h->arena, &p, h->why) == -1)
		return -1;
	if (!matches(h, &p)) {
		*h->arena = before;
		return 0;
	}
	if (h->matches > 0 && strcmp(h->found->folder, p.folder) == 0)
		return 0;
	if (h->matches++ > 0)
		return refuse(h->why, DIRECT_SEVERAL);
	*h->found = p;
	return 0;
}

static int
look_below(struct hunt *h, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	int r = 0;

	if (dir == NULL)
		return 0;
	while (r == 0 && (e = readdir(dir)) != NULL) {
		struct arena before = *h->arena;
		int so_far = h->matches;
		if (e->d_name[0] == '.')
			continue;
		r = look_at(
		    h, direct_package_join(folder, e->d_name, h->arena));
		if (h->matches == so_far)
			*h->arena = before;
	}
	(void)closedir(dir);
	return r;
}

/* "packages/api", "packages/ *"; trailing slashes do not count. */
static int
look_in(struct hunt *h, const char *pattern)
{
	char path[PATH_MAX];
	size_t root = strlen(h->root->folder);
	pattern += strncmp(pattern, "./", 2) == 0 ? 2 : 0;
	size_t len = strlen(pattern);
	while (len > 0 && pattern[len - 1] == '/')
		len--;
	bool below = len > 2 && memcmp(pattern + len - 2, "/*", 2) == 0;
	bool all = len == 1 && pattern[0] == '*';
	len -= below ? 2 : all ? 1 : 0;
	if (root + len + 2 > sizeof(path) || strcspn(pattern, "*?[{!") < len ||
	    strstr(pattern, "..") != NULL)
		return refuse(h->why, DIRECT_GLOBS);
	memcpy(path, h->root->folder, root + 1);
	if (root > 1 && len > 0)
		path[root++] = '/';
	memcpy(path + root, pattern, len);
	path[root + len] = '\0';
	return below || all ? look_below(h, path) : look_at(h, path);
}

static int
look_in_list(struct hunt *h)
{
	const struct json *list = json_member(h->root->top, "workspaces");
	if (list != NULL && list->type == JSON_OBJECT)
		list = json_member(list, "packages");
	if (list == NULL || list->type != JSON_LIST)
		return refuse(h->why, DIRECT_WORKSPACE);
	for (const struct json *m = list->first; m != NULL; m = m->next) {
		if (m->type != JSON_STRING)
			return refuse(h->why, DIRECT_GLOBS);
		if (look_in(h, m->text) == -1)
			return -1;
	}
	return 0;
}

static int
look_in_yaml(struct hunt *h)
{
	const char *pattern[DIRECT_WORKSPACES_MAX];
	size_t count;
	if (direct_settings_workspaces(h->root->folder, h->arena, pattern,
		ARRAY_LEN(pattern), &count) == -1)
		return refuse(h->why, DIRECT_GLOBS);
	for (size_t i = 0; i < count; i++)
		if (look_in(h, pattern[i]) == -1)
			return -1;
	return 0;
}

int
direct_package_workspace(const struct direct_package *root,
    const struct direct_wanted *wanted, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why)
{
	struct hunt h = { root, wanted, arena, ret, 0, 0, ret_why };
	int r = is_file(root->folder, "pnpm-workspace.yaml") ? look_in_yaml(&h)
							     : look_in_list(&h);
	if (r == -1)
		return -1;
	return h.matches == 1 ? 0 : refuse(ret_why, DIRECT_WORKSPACE);
}
