#ifndef CONFIG_DIRECT_PACKAGE_H
#define CONFIG_DIRECT_PACKAGE_H

#include "config/direct_why.h"
#include "config/json.h"

#define DIRECT_PACKAGE_SIZE_MAX ((size_t)256 * 1024)
#define DIRECT_WORKSPACES_MAX 256

/* A package.json and the folder that it lies in, an absolute path. */
struct direct_package {
	const char *folder;
	const struct json *top; /* an object */
};

/*
 * The nearest package.json of folder and those above.  0, or -1 with *ret_why.
 * What is taken from the arena until then stays taken.
 */
int direct_package_find(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why);

/* The package.json of folder itself, as npm's --prefix wants it. */
int direct_package_at(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why);

/*
 * The folder, at or above the given one, whose package.json or
 * pnpm-workspace.yaml lists workspaces.  0, or -1 with *ret_why.
 */
int direct_package_root(const char *folder, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why);

/*
 * The root's workspace of that name (by_folder: or of that folder, relative to
 * the root); wanted "": the only one that has the script.  0, or -1 with
 * *ret_why.
 */
struct direct_wanted {
	const char *name;
	const char *script;
	bool by_folder;
};
int direct_package_workspace(const struct direct_package *root,
    const struct direct_wanted *wanted, struct arena *arena,
    struct direct_package *ret, enum direct_why *ret_why);

/* A text of the package, or NULL: ("scripts", "start"), or (NULL, "name"). */
const char *direct_package_text(
    const struct direct_package *package, const char *object, const char *name);

/* Whether a file of that name is in folder or in one above. */
bool direct_package_above(const char *folder, const char *name);

/* folder/name in the arena. */
const char *direct_package_join(
    const char *folder, const char *name, struct arena *arena);

/* Both texts as one in the arena. */
const char *direct_package_concat(
    const char *a, const char *b, struct arena *arena);

/*
 * A small file, NUL-terminated in the arena; NULL when it cannot be read or is
 * too large.
 */
const char *direct_package_read(
    const char *path, struct arena *arena, size_t *ret_len);

#endif
