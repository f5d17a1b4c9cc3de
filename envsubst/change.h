#ifndef ENVSUBST_CHANGE_H
#define ENVSUBST_CHANGE_H

#include "envsubst/changes.h"
#include "envsubst/digest.h"
#include "envsubst/engine.h"
#include "envsubst/swap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * The inside of changes.h, for the engine's own files.  Root is where the build
 * is read, place where the results are put: the same directory, or the output.
 */

struct store;
struct index;

struct change {
	char *path;
	struct edit_list edits; /* of the mode */

	bool has_old;    /* there is a pristine file... */
	struct stat old; /* ...which is this one */

	bool by_backup; /* ...whose contents are in PATH.bak; see adopt.h */

	bool there;        /* something is in its place... */
	struct stat place; /* ...which is this one... */
	bool ours;         /* ...and is known as ours... */
	struct digest now; /* ...with these contents; also of an output's */
	bool now_known;

	bool stays;    /* not asked for in this run: as it is in its place */
	bool removed;  /* will be gone */
	bool prepared; /* its new contents are the swap's item */
	size_t item;
	bool is_right; /* its new contents are in its place already */
	bool by_hook;
	bool pristine; /* in the end it is what it was in the build */
	bool will_known;
	struct digest will; /* its new contents */
};

struct changes {
	const struct job *job;
	int root;  /* lent */
	int place; /* lent */
	const char *place_name;
	struct store *store; /* NULL: there is an output, or an index is made */
	struct index *index; /* NULL: none that can be used */
	bool indexing;
	bool adopted; /* some are by_backup */
	bool exact;   /* an index tells where edits are, and not needles */

	struct change **item; /* each on the heap: hooks hold parts of them */
	size_t count;
	size_t size;
	char **stray; /* files of which the index does not tell */
	size_t strays;
	size_t stray_room;
	size_t *slot; /* a hash of the paths, once change_hash was called */
	size_t slots;
	struct swap swap;
	struct tally tally;
};

/* A new one at the end, with a copy of the path; NULL: no memory. */
struct change *change_add(struct changes *c, const char *path);

/* A file that is not in the set, and of which the index does not tell: 0 or
   -ENOMEM. */
int change_add_stray(struct changes *c, const char *path);

/* Sort by path and be ready for change_find: 0 or -ENOMEM. */
int change_hash(struct changes *c);
struct change *change_find(const struct changes *c, const char *path);

/* The one of that path, made when it is not there. */
int change_get(struct changes *c, const char *path, struct change **ret,
    struct failure *f);

/* Whether an open failed because no plain file is there. */
bool change_is_absent(int err);

/* Take its prepared contents out of the swap, if there are some. */
void change_unprepare(struct changes *c, struct change *item);

/* The pristine contents of an item that are no original of the store's, or of
   a file that is no item (NULL); likewise. */
int change_open_built(const struct changes *c, const char *path,
    const struct change *item, int *ret_fd, struct stat *ret_st);

/* Open a file below a directory, by its path: 0 or -errno. */
int change_open_below(
    int dir, const char *path, int *ret_fd, struct stat *ret_st);

/* Gives all back and removes what was prepared. */
void change_free(struct changes *c);

#endif
