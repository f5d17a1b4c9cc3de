#include "envsubst/grounds.h"

#include "envsubst/index.h"
#include "envsubst/store.h"

#include "core/exits.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The directory of the last part, and that part without slashes behind it. */
static int
split(const char *path, char **ret_parent, char **ret_base)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	size_t base = len;
	while (base > 0 && path[base - 1] != '/')
		base--;
	if (base == len)
		return -ENOENT;
	autofree char *parent = base == 0 ? strdup(".") : strndup(path, base);
	autofree char *name = strndup(path + base, len - base);
	if (parent == NULL || name == NULL)
		return -ENOMEM;
	*ret_parent = TAKE_PTR(parent);
	*ret_base = TAKE_PTR(name);
	return 0;
}

int
grounds_absolute(const char *path, char **ret)
{
	autofree char *parent = NULL;
	autofree char *base = NULL;
	char *whole = realpath(path, NULL);
	if (whole != NULL) {
		*ret = whole;
		return 0;
	}
	int r = errno == ENOENT ? split(path, &parent, &base) : -errno;
	if (r < 0)
		return r;
	autofree char *real = realpath(parent, NULL);
	if (real == NULL)
		return -errno;
	return asprintf(
		   ret, "%s/%s", strcmp(real, "/") == 0 ? "" : real, base) == -1
		   ? -ENOMEM
		   : 0;
}

bool
grounds_is_inside(const char *path, const char *of)
{
	size_t n = strlen(of);
	return strncmp(path, of, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/' || strcmp(of, "/") == 0);
}

static int
place_store(struct grounds *r, struct failure *f)
{
	autofree char *beside = NULL;
	bool given = r->store_given[0] != '\0';
	int e = given ? 0 : store_default(r->path, &beside);
	if (e == 0)
		e = grounds_absolute(
		    given ? r->store_given : beside, &r->store);
	if (e < 0)
		return failure_os(f, e, "place the store of %s", r->given);
	if (grounds_is_inside(r->store, r->path))
		return failure_set(f, EXITS_CONFIG,
		    "cannot keep originals in %s: it would be served (set "
		    "\"store\" to a directory outside of %s)",
		    r->store, r->path);
	return 0;
}

static int
place_output(struct grounds *r, struct failure *f)
{
	int e = grounds_absolute(r->output_given, &r->output);
	if (e < 0)
		return failure_os(f, e, "place the output %s", r->output_given);
	if (grounds_is_inside(r->output, r->path) ||
	    grounds_is_inside(r->path, r->output))
		return failure_set(f, EXITS_CONFIG,
		    "cannot write %s into %s: one is inside of the other (set "
		    "\"output\" to a directory of its own)",
		    r->path, r->output);
	return 0;
}

/* The one that was made with the image, if it was. */
static int
place_index(struct grounds *r, struct failure *f)
{
	int e = index_default(r->path, &r->index);
	if (e == -ENOMEM)
		return failure_os(f, e, "find %s", r->given);
	if (e == 0 && access(r->index, R_OK) == -1) {
		free(r->index);
		r->index = NULL;
	}
	return 0;
}

int
grounds_place(struct grounds *r, struct failure *f)
{
	r->path = realpath(r->given, NULL);
	if (r->path == NULL && (errno == ENOENT || errno == ENOTDIR))
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute %s: %s (name in \"root\" the directory "
		    "of the built assets)",
		    r->given, strerror(errno));
	if (r->path == NULL)
		return failure_os(f, -errno, "find %s", r->given);
	if (place_index(r, f) < 0)
		return -1;
	return r->output_given[0] == '\0' ? place_store(r, f)
					  : place_output(r, f);
}

int
grounds_check_apart(
    const struct grounds *const *list, size_t count, struct failure *f)
{
	for (size_t i = 0; i < count; i++) {
		const struct grounds *r = list[i];
		const char *own = r->output != NULL ? r->output : r->store;
		for (size_t k = 0; k < count; k++) {
			const char *other = list[k]->path;
			if (k != i && grounds_is_inside(r->path, other))
				return failure_set(f, EXITS_CONFIG,
				    "cannot substitute %s: it is inside of "
				    "the asset root %s (leave one of them out)",
				    r->path, other);
			if (grounds_is_inside(own, other))
				return failure_set(f, EXITS_CONFIG,
				    "cannot write to %s: it is inside of the "
				    "asset root %s",
				    own, other);
		}
	}
	return 0;
}

void
grounds_free(struct grounds *r)
{
	free(r->path);
	free(r->output);
	free(r->store);
	free(r->index);
	r->path = r->output = r->store = r->index = NULL;
}
