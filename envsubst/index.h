#ifndef ENVSUBST_INDEX_H
#define ENVSUBST_INDEX_H

#include "envsubst/digest.h"
#include "envsubst/edit.h"
#include "envsubst/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * What a scan would find, made at image build: which files of the tree hold
 * none of the needles, so that a start need not read them.
 *
 * Each file is known by path, size and time of change, which image layers keep
 * (to the second at least); a file that differs in any of them, or is not in
 * the index, is read as if there were none.  A file in which something was
 * found is read in any case when it is written, and what to replace is looked
 * for again then: the index says where, for people and tools, but is not
 * believed.
 *
 * As a file: a line "cradle index 2 KEY", a line per file
 *
 *	FLAGS SIZE SECONDS NANOSECONDS DIGEST OFFSETS PATH\0\n
 *
 * with FLAGS of l (looked at), n (holds a needle, or something to replace where
 * the mode can tell for all starts: mode.key; a backup may, too), d (concerns a
 * hook) or -, DIGEST and OFFSETS (by commas) or - of what has edits, and at the
 * end "end COUNT DIGEST" of all before it.  KEY is what was looked for.
 */
struct index;

/*
 * Where the index of an absolute root is when none is named: beside it, hidden,
 * so that it is not served.  The caller frees it.  0, -ENOMEM, or -EINVAL:
 * nothing is beside "/".
 */
int index_default(const char *root, char **ret);

/* NULL: no memory.  index_free is harmless on NULL. */
struct index *index_new(void);
void index_free(struct index *x);

/* What was found in a file.  digest: of its contents, when it has edits. */
struct index_entry {
	const char *path;
	const struct stat *st;
	bool looked_at;
	bool has_needle;
	const struct edit_list *edits; /* or NULL */
	const struct digest *digest;   /* or NULL */
};

/* 0, -ENOMEM or -E2BIG. */
int index_add(struct index *x, const struct index_entry *entry);

/* Once all are added; before index_note and index_save. */
void index_sort(struct index *x);

/* A file concerns a hook; 0 or -ENOENT when it was not added. */
int index_note(struct index *x, const char *path);

/* Whole or not at all, under the name that path says; 0 or -1. */
int index_save(struct index *x, const struct digest *key, bool noted,
    const char *path, struct failure *f);

/*
 * *ret is NULL when there is no index, or none that can be used; *ret_why is
 * then NULL or says why it cannot.  0 or -ENOMEM.
 */
int index_load(const char *path, const struct digest *key, struct index **ret,
    const char **ret_why);

enum index_answer {
	INDEX_CLEAN = 1, /* the file is as it was, and holds no needle */
	INDEX_TOLD = 2,  /* it is as it was, or concerns a hook and is noted */
	INDEX_SKIPPED = 4, /* by its name it is of no interest */
};

/*
 * What is known of a file, which is that one in the directory: enum
 * index_answer, ORed.
 */
unsigned index_ask(
    const struct index *x, const char *path, int at, const char *name);

/*
 * Whether a file that is skipped by its name, a backup, is as it was and holds
 * no needle.
 */
bool index_is_bare(
    const struct index *x, const char *path, int at, const char *name);

/* Whether hooks have told what concerns them, so that the rest does not. */
bool index_has_notes(const struct index *x);

/* The next file that concerns a hook from *at on, which begins at 0; or NULL.
 */
const char *index_next_noted(const struct index *x, size_t *at);

#endif
