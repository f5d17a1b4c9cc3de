#ifndef ENVSUBST_ASSET_H
#define ENVSUBST_ASSET_H

#include "envsubst/digest.h"
#include "envsubst/failure.h"
#include "envsubst/scan.h"
#include "envsubst/value.h"

#include <stdbool.h>
#include <sys/stat.h>

/*
 * One file of an asset tree: what is in it, and its contents with the values
 * put in.
 */
struct asset {
	const char *root; /* its name in failures; lent */
	char *path;       /* from the root; heap */
	struct stat st;   /* of the pristine file when it was scanned */
	struct scan scan; /* its placeholders */
};

/* Gives back what an asset holds; harmless on an empty one. */
void asset_free(struct asset *a);

/* What scanning takes, once for a whole tree: its name and memory. */
struct asset_room {
	const char *root; /* lent */
	char *data;
};

/* 0 or -ENOMEM. */
int asset_room_new(const char *root, struct asset_room *ret);
void asset_room_free(struct asset_room *room);

/*
 * Scan an open file whose fstat is *st.  0: *ret has a copy of the path and the
 * placeholders, none of them (scan.count) in most files and in those that are
 * binary or of a kind that holds no code.  -1 and *f filled: it cannot be read,
 * or the placeholder's word is left over in it.
 */
int asset_scan(struct asset_room *room, int fd, const struct stat *st,
    const char *path, struct asset *ret, struct failure *f);

/*
 * What the file will be with these values: its digest; or it is written to an
 * empty file, which gets the mode and owner of `like` and a time that follows
 * from the contents alone, so that replicas agree on it.  source is the
 * pristine file.  0 or -1.
 */
int asset_digest(const struct asset *a, int source,
    const struct value_set *values, struct digest *ret, struct failure *f);
int asset_write(const struct asset *a, int source,
    const struct value_set *values, const struct stat *like, int to,
    struct failure *f);

/* The bytes of one file into another one: 0 or -errno. */
int asset_copy(int from, int to);

/* Whether two open files have the same bytes: 1, 0, or -errno. */
int asset_same(int one, int other);

#endif
