#include "envsubst/subst_paths.h"

#include "envsubst/glob.h"
#include "envsubst/grounds.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const usual[] = { "dist", ".next", ".nuxt", ".output",
	"build" };

static bool
is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
add(char ***list, size_t *count, char *item)
{
	char **grown = realloc(*list, (*count + 1) * sizeof(*grown));
	if (grown == NULL || item == NULL) {
		free(item);
		*list = grown != NULL ? grown : *list;
		return -ENOMEM;
	}
	*list = grown;
	grown[(*count)++] = item;
	return 0;
}

static int
add_usual(struct subst_paths *p, struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (is_folder(usual[i]) &&
		    add(&p->root, &p->count, strdup(usual[i])) < 0)
			return failure_os(f, -ENOMEM, "look for folders");
	if (p->count == 0)
		return failure_set(f, EXITS_USAGE,
		    "cannot substitute anything: there is no folder dist, "
		    ".next, .nuxt, .output or build here (name one)");
	return 0;
}

/* ---- files ------------------------------------------------------------ */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
add_files(struct subst_paths *p, const char *word, struct failure *f)
{
	struct glob_files found = { 0 };
	char plain[PATH_MAX];
	struct stat st;
	size_t n = 0;

	/* a file by its name, even if that has brackets, or a glob */
	bool exact = lstat(word, &st) == 0 && S_ISREG(st.st_mode);
	for (const char *c = word; exact && *c != '\0'; c++) {
		if (strchr("\\[]{}()*?!+@,", *c) != NULL)
			plain[n++] = '\\';
		plain[n++] = *c;
		exact = n + 3 < sizeof(plain);
	}
	plain[n] = '\0';
	int r = glob_add(&found, exact ? plain : word);
	for (size_t i = 0; r == 0 && i < found.count; i++)
		r = add(&p->file, &p->files, realpath(found.path[i], NULL));
	size_t count = found.count;
	glob_free(&found);
	if (r == -E2BIG)
		return failure_set(f, EXITS_USAGE,
		    "cannot use %s: it stands for too much", word);
	if (r < 0)
		return failure_os(f, r, "look for %s", word);
	if (count == 0)
		return failure_set(
		    f, EXITS_CONFIG, "cannot find a file by %s", word);
	return 0;
}

/* The folder that all files are in. */
static int
find_root(struct subst_paths *p, struct failure *f)
{
	const char *one = p->file[0];
	const char *last = p->file[p->files - 1];
	size_t slash = 0;

	/* they are sorted: what these two share all of them do */
	for (size_t i = 0; one[i] == last[i] && one[i] != '\0'; i++)
		if (one[i] == '/')
			slash = i;
	if (p->files == 1)
		slash = (size_t)(strrchr(one, '/') - one);
	autofree char *cwd = realpath(".", NULL);
	autofree char *root = strndup(one, slash == 0 ? 1 : slash);
	if (cwd == NULL || root == NULL)
		return failure_os(f, -ENOMEM, "find the root");
	/* the folder that one stands in is meant; those above it are not */
	if (strcmp(root, "/") == 0 ||
	    (strcmp(cwd, root) != 0 && grounds_is_inside(cwd, root)))
		return failure_set(f, EXITS_USAGE,
		    "cannot tell which folder these files are built in (say so "
		    "with --root)");
	return add(&p->root, &p->count, TAKE_PTR(root)) < 0
		   ? failure_os(f, -ENOMEM, "find the root")
		   : 0;
}

static int
check_inside(const struct subst_paths *p, struct failure *f)
{
	autofree char *root = realpath(p->root[0], NULL);
	for (size_t i = 0; root != NULL && i < p->files; i++)
		if (!grounds_is_inside(p->file[i], root))
			return failure_set(f, EXITS_USAGE,
			    "cannot substitute %s: it is outside of %s",
			    p->file[i], root);
	return 0;
}

static int
find_files(const char *root, struct subst_paths *p, const char *const *word,
    size_t count, struct failure *f)
{
	p->filtered = true;
	for (size_t i = 0; i < count; i++)
		if (add_files(p, word[i], f) < 0)
			return -1;
	qsort(p->file, p->files, sizeof(*p->file), by_name);
	if (root == NULL)
		return find_root(p, f);
	if (add(&p->root, &p->count, strdup(root)) < 0)
		return failure_os(f, -ENOMEM, "find the root");
	return check_inside(p, f);
}

int
subst_paths_find(const char *root, const char *const *word, size_t count,
    struct subst_paths *ret, struct failure *f)
{
	size_t folders = 0;

	*ret = (struct subst_paths){ 0 };
	for (size_t i = 0; i < count; i++)
		folders += is_folder(word[i]);
	if (root == NULL && count == 0)
		return add_usual(ret, f);
	if (count > 0 && folders < count && folders > 0)
		return failure_set(f, EXITS_USAGE,
		    "cannot substitute in folders and single files in one run");
	if (count > 0 && (folders == 0 || root != NULL))
		return find_files(root, ret, word, count, f);
	if (count == 0 && add(&ret->root, &ret->count, strdup(root)) < 0)
		return failure_os(f, -ENOMEM, "find the root");
	for (size_t i = 0; i < count; i++)
		if (add(&ret->root, &ret->count, strdup(word[i])) < 0)
			return failure_os(f, -ENOMEM, "find the root");
	return 0;
}

bool
subst_paths_want(const void *wants, const char *path)
{
	const struct subst_wants *w = wants;
	char whole[PATH_MAX];
	char *key = whole;
	const char *slash = strcmp(w->root, "/") == 0 ? "" : "/";

	if (!w->paths->filtered)
		return true;
	if (snprintf(whole, sizeof(whole), "%s%s%s", w->root, slash, path) >=
	    (int)sizeof(whole))
		return false;
	return bsearch(&key, w->paths->file, w->paths->files,
		   sizeof(*w->paths->file), by_name) != NULL;
}

void
subst_paths_free(struct subst_paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->root[i]);
	for (size_t i = 0; i < p->files; i++)
		free(p->file[i]);
	free(p->root);
	free(p->file);
	*p = (struct subst_paths){ 0 };
}
