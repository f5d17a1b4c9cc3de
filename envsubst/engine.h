#ifndef ENVSUBST_ENGINE_H
#define ENVSUBST_ENGINE_H

#include "envsubst/changes.h"
#include "envsubst/edit.h"
#include "envsubst/failure.h"
#include "envsubst/needles.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct digest_state;

/*
 * One substitution in one tree: look through it in a single pass, find what the
 * mode replaces, let the hooks bring along what depends on it, and put all of
 * it in its place, or nothing.  Modes and hooks know nothing of files: the
 * engine calls them.
 *
 *	scan  ->  render the changed files beside their places  ->  hooks
 *	      ->  keep the originals, write the journal  ->  move all into place
 */

/* What the scanner stopped at: `at` is where one of the job's needles stands.
 */
struct view {
	const char *path; /* of the file, from the root */
	const char *data; /* `len` bytes around it, none outside */
	size_t len;
	size_t lo; /* bytes before this belong to the edit before */
	size_t at;
	size_t needle; /* its index in needles_build's list */
	bool first;    /* data begins where the file begins */
	bool last;     /* data ends where the file ends */
};

enum look {
	LOOK_NONE,      /* nothing here; it goes on at the next byte */
	LOOK_EDIT,      /* *ret is to be replaced; it goes on behind that */
	LOOK_LEFT_OVER, /* a placeholder that nobody could have meant so */
};

/* One edit when it is written.  Ends with the call of mode.write. */
struct site;

/*
 * A mode is a row: how its placeholders are recognised and what is written in
 * their stead.  `values` is the job's.
 */
struct mode {
	const char *name;

	/*
	 * A view shows at least so much before and behind the needle, where the
	 * file has it; at most 64 KiB.  No edit begins earlier or ends later.
	 */
	size_t reach;

	bool backups; /* see adopt.h */

	/*
	 * Must tell the same whatever the view shows beyond the reach; start in
	 * *ret counts from view.data.  Called by several threads at once.
	 */
	enum look (*look)(
	    const void *values, const struct view *v, struct edit *ret);

	/*
	 * Add to the digest what look's answers depend on besides the needles.
	 * False, or NULL: that cannot be said, and an index tells only in which
	 * files needles are.
	 */
	bool (*key)(const void *values, struct digest_state *to);

	/*
	 * What follows "cannot substitute FILE:LINE:COLUMN: "; NULL: what is
	 * left over is only counted.
	 */
	const char *left_over;

	/*
	 * Write what stands in the place of one edit, by site_put.  Edits come
	 * in order, and each file may be written more than once, always with
	 * the same result.  begin and end (NULL: none) make and free what one
	 * writing of one file remembers from edit to edit.  0 or -1 with
	 * *site_failure filled.
	 */
	int (*write)(const void *values, struct site *site);
	void *(*begin)(const void *values, const char *path); /* NULL: ENOMEM */
	void (*end)(void *state);
};

const char *site_path(const struct site *s);
const struct edit *site_edit(const struct site *s);
void *site_state(const struct site *s);
struct failure *site_failure(const struct site *s);

/* The bytes that are replaced: edit.len of them. */
const char *site_source(const struct site *s);

/*
 * The file from its start to the edit, or NULL when that is more than a few
 * megabytes: then count the place as unknown.  Lent until write returns.
 */
const char *site_before(struct site *s, size_t *ret_len);

int site_put(struct site *s, const void *data, size_t len);

/* A piece of a text file, while the tree is looked through. */
struct seen {
	size_t worker; /* below CHANGES_WORKERS: which thread it is */
	const char *path;
	int fd;           /* the pristine file, for files_read_at */
	off_t size;       /* of it */
	const char *data; /* `len` bytes of it from `offset` on */
	size_t len;
	uint64_t offset;
	bool first; /* the first piece of the file */
	bool last;  /* it ends with this one */
};

/* Pieces of one file are in order and overlap by so much, if they are longer.
 */
#define SEEN_OVERLAP ((size_t)4096)

/* What brings other files along. */
struct hook {
	/* See changes.h.  0 or -1. */
	int (*run)(void *arg, struct changes *c, struct failure *f);
	void *arg;

	/*
	 * NULL, or told of all that is read before: by several threads at once,
	 * but of one file by one of them.  Whether that was the whole tree says
	 * changes_seen.  0 or -errno.
	 */
	int (*see)(void *arg, const struct seen *piece);

	bool notes;  /* into an index, what concerns it: all of that */
	bool checks; /* run changes nothing: also in a dry run */
};

/*
 * Tells of each file that has edits, in order of paths, before any is written.
 * source is the pristine file.  0 or -1.
 */
typedef int job_tell(void *arg, const char *path, const struct edit_list *edits,
    int source, struct failure *f);

enum job_flag {
	JOB_ALLOW_LEFTOVER = 1 << 0, /* LEFT_OVER is a warning */
	JOB_DRY_RUN = 1 << 1,        /* tell or fail, and write nothing */
	JOB_OVERLAY = 1 << 2,        /* output: only what differs from root */
	JOB_ALL_NAMES = 1 << 3,      /* also names that hold no text as a rule,
					which the personalities read */
};

struct job {
	const char *root;   /* absolute, without links */
	const char *output; /* likewise; NULL: in place */
	const char *store;  /* likewise, in place: where originals are kept */
	const char *index;  /* likewise; NULL: none is used */

	const struct mode *mode;
	const void *values;
	const struct needles *needles;

	/* Which files of the tree; NULL: all. */
	bool (*wants)(const void *arg, const char *path);
	const void *wants_arg;

	unsigned flags; /* enum job_flag */
	const struct hook *hooks;
	size_t hook_count;
	job_tell *tell; /* NULL: nobody listens */
	void *tell_arg;
};

/* What was done. */
struct tally {
	uint64_t scanned;      /* files asked for, and others rewritten */
	uint64_t read;         /* bytes of them that were read */
	uint64_t placeholders; /* files that have some */
	uint64_t edits;        /* in these */
	uint64_t rewritten;    /* files written or removed by this run */
	uint64_t dependents;   /* of these: by hooks */
	uint64_t left_over;
};

/*
 * 0, or -1 and the tree, or the output, is as it was.  Killed at any point it
 * leaves each file as it was or as it will be, and the next run finishes it.
 */
int engine_run(const struct job *job, struct tally *ret, struct failure *f);

/*
 * Look through the whole tree and write its index to that path.  Hooks run and
 * say what concerns them (changes_indexing); output, store, index and wants of
 * the job are not looked at.  0 or -1.
 */
int engine_index(const struct job *job, const char *path, struct tally *ret,
    struct failure *f);

/*
 * The same for one open file by itself, whose fstat is *st: its edits, which
 * the caller frees; and all of it with them put in, written to the open file
 * `to`. Of the job only mode, values, needles and flags are looked at; path is
 * what to call the file.  0 or -1.
 */
int engine_find(const struct job *job, int fd, const struct stat *st,
    const char *path, struct edit_list *ret, struct failure *f);

struct engine_file {
	const char *path;
	int fd;
	const struct stat *st;
	struct edit_list *edits;
};
int engine_render(const struct job *job, const struct engine_file *file, int to,
    struct failure *f);

#endif
