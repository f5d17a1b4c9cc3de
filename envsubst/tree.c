#include "envsubst/tree.h"

#include "envsubst/files.h"

#include "core/guard.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

struct walk {
	const char *root_name;
	tree_visit *visit;
	void *arg;
	struct failure *f;
	unsigned depth;
	size_t len;
	char path[PATH_MAX];
};

static const char *
extension(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot == NULL || dot == name ? "" : dot + 1;
}

static bool
is_one_of(const char *const list[], size_t count, const char *word)
{
	int first = word[0] | 0x20; /* it saves most of the comparisons */

	for (size_t i = 0; i < count; i++)
		if (list[i][0] == first && strcasecmp(list[i], word) == 0)
			return true;
	return false;
}

bool
tree_may_hold_text(const char *name)
{
	static const char *const never[] = { "map", "bak", "png", "jpg", "jpeg",
		"gif", "webp", "avif", "ico", "bmp", "heic", "woff", "woff2",
		"ttf", "otf", "eot", "mp3", "mp4", "m4a", "m4v", "ogg", "oga",
		"ogv", "webm", "wav", "flac", "aac", "mov", "gz", "br", "zst",
		"zip", "xz", "bz2", "tgz", "7z", "pdf", "wasm", "node", "so",
		"glb" };

	return strncmp(name, FILES_TEMP, sizeof(FILES_TEMP) - 1) != 0 &&
	       !is_one_of(never, ARRAY_LEN(never), extension(name));
}

bool
tree_is_binary(const char *name, const char *data, size_t len)
{
	static const char *const text[] = { "html", "htm", "xhtml", "js", "mjs",
		"cjs", "css", "json", "webmanifest", "svg", "xml", "txt" };

	return memchr(data, '\0', len) != NULL &&
	       !is_one_of(text, ARRAY_LEN(text), extension(name));
}

static int
failed(struct walk *w, int err, const char *what)
{
	return failure_os(w->f, err, "%s %s%s%s", what, w->root_name,
	    w->len > 0 ? "/" : "", w->path);
}

/* *ret_known is false for what is neither file, directory nor link. */
static int
kind_of(int at, const struct dirent *d, enum tree_kind *ret, bool *ret_known)
{
	struct stat st;
	mode_t mode = DTTOIF(d->d_type);

	if (d->d_type == DT_UNKNOWN) {
		int r = files_stat_at(at, d->d_name, &st);
		if (r < 0)
			return r;
		mode = st.st_mode;
	}
	*ret_known = S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
	*ret = S_ISDIR(mode)   ? TREE_DIRECTORY
	       : S_ISLNK(mode) ? TREE_LINK
			       : TREE_FILE;
	return 0;
}

static int walk_directory(struct walk *w, int at, const char *name);

static int
walk_entry(struct walk *w, int at, const struct dirent *d)
{
	struct tree_entry e = { .at = at, .name = d->d_name, .path = w->path };
	bool known;
	int r = kind_of(at, d, &e.kind, &known);
	if (r == -ENOENT || (r == 0 && !known))
		return 0; /* gone since, or a socket and the like */
	if (r < 0)
		return failed(w, r, "look at");
	if (w->visit(w->arg, &e, w->f) < 0)
		return -1;
	return e.kind == TREE_DIRECTORY ? walk_directory(w, at, d->d_name) : 0;
}

static int
push_name(struct walk *w, const char *name)
{
	size_t slash = w->len > 0;
	size_t n = strlen(name);
	if (w->len + slash + n >= sizeof(w->path))
		return failed(w, -ENAMETOOLONG, "walk into");
	if (slash)
		w->path[w->len] = '/';
	memcpy(w->path + w->len + slash, name, n + 1);
	w->len += slash + n;
	return 0;
}

static int
walk_entries(struct walk *w, DIR *dir)
{
	for (;;) {
		errno = 0;
		const struct dirent *d = readdir(dir);
		if (d == NULL)
			return errno == 0 ? 0 : failed(w, -errno, "read");
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		size_t len = w->len;
		if (push_name(w, d->d_name) < 0 ||
		    walk_entry(w, dirfd(dir), d) < 0)
			return -1;
		w->len = len;
		w->path[len] = '\0';
	}
}

static int
walk_directory(struct walk *w, int at, const char *name)
{
	autoclose int fd = -1;
	if (w->depth == TREE_DEPTH_MAX)
		return failed(w, -ELOOP, "walk into");
	int r = files_open_dir(at, name, &fd);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return failed(w, r, "open");
	DIR *dir = fdopendir(fd);
	if (dir == NULL)
		return failed(w, -errno, "open");
	(void)TAKE_FD(fd);
	w->depth++;
	r = walk_entries(w, dir);
	w->depth--;
	(void)closedir(dir);
	return r;
}

int
tree_walk(
    int root, const char *name, tree_visit *visit, void *arg, struct failure *f)
{
	struct walk w = {
		.root_name = name, .visit = visit, .arg = arg, .f = f
	};
	return walk_directory(&w, root, ".");
}
