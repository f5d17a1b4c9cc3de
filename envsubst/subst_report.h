#ifndef ENVSUBST_SUBST_REPORT_H
#define ENVSUBST_SUBST_REPORT_H

#include "envsubst/engine.h"
#include "envsubst/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What `cradle subst` says it has done, or would do: never a value, which a
 * placeholder does not hold either.
 */
struct subst_report {
	bool json;
	bool dry_run;
	bool index;        /* an index was made, and nothing else */
	const char *root;  /* of the run that is told of; absolute */
	struct text roots; /* JSON of each, by commas */
	struct text files; /* JSON of the files of this one */
	struct tally sum;
};

void subst_report_begin(struct subst_report *r, bool json, bool dry_run);

/* For job.tell, with the report: a diff on standard output, or its JSON. */
int subst_report_tell(void *report, const char *path,
    const struct edit_list *edits, int source, struct failure *f);

/* A root is done. */
void subst_report_root(
    struct subst_report *r, const struct job *job, const struct tally *tally);

/* The end: "assets: 2 of 214 files, 3 ms" unless quiet, or all of the JSON. */
void subst_report_end(struct subst_report *r, int64_t us, bool quiet);

/* Instead of it, when it failed: the error as JSON, if that was asked for. */
void subst_report_fail(struct subst_report *r, const struct failure *f);

void subst_report_free(struct subst_report *r);

#endif
