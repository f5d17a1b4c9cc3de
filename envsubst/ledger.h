#ifndef ENVSUBST_LEDGER_H
#define ENVSUBST_LEDGER_H

#include "envsubst/changes.h"
#include "envsubst/engine.h"
#include "envsubst/mention.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Everything in the text files of a build that has the shape of a digest, so
 * that one pass over the tree answers who mentions which content, however long
 * the chain from a file to those who mention it becomes.
 */

#define LEDGER_MAX ((size_t)1 << 20)

struct ledger_entry {
	uint64_t key;
	uint64_t start; /* in the pristine file */
	uint32_t file;  /* index into path */
	uint8_t kind;
	uint8_t form;
};

/* In a service worker's list a file has no revision; see precache.h. */
struct ledger_null {
	char *target; /* path from the root; heap */
	uint64_t start;
	uint32_t file;
};

struct ledger {
	struct ledger_entry *entry; /* `count` of them, by key; heap */
	size_t count;
	size_t room;
	char **path;
	size_t paths;
	size_t path_room;
	struct ledger_null *null; /* `nulls` of them, by target; heap */
	size_t nulls;
	size_t null_room;
	unsigned kinds; /* 1 << kind for each kind that is there */
	bool full;      /* there are more than LEDGER_MAX */
};

/*
 * What reads along while the engine looks through the tree (hook.see): 0, or
 * -errno.  ledger_reader_new is NULL when there is no memory; freeing is
 * harmless on NULL.
 */
struct ledger_reader;
struct ledger_reader *ledger_reader_new(void);
void ledger_reader_free(struct ledger_reader *reader);
int ledger_see(struct ledger_reader *reader, const struct seen *piece);

/*
 * The whole tree's: what the reader (NULL: none) has got together if it has
 * seen all of it, which is then taken out of it; else by reading it here, by
 * several threads.  0 or -1.
 */
int ledger_read(struct ledger *l, struct ledger_reader *reader,
    struct changes *c, struct failure *f);

/* The entries with that key, ret_count of them. */
const struct ledger_entry *ledger_find(
    const struct ledger *l, uint64_t key, size_t *ret_count);

/* The same for the nulls of that file. */
const struct ledger_null *ledger_find_null(
    const struct ledger *l, const char *target, size_t *ret_count);

/* Harmless on an empty one. */
void ledger_free(struct ledger *l);

#endif
