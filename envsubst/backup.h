#ifndef ENVSUBST_BACKUP_H
#define ENVSUBST_BACKUP_H

#include "envsubst/engine.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Substitution in single files the way import-meta-env keeps its originals:
 * FILE.bak beside FILE is what FILE is made from, and what it becomes again
 * when it holds no placeholder.  Without such files originals are remembered
 * elsewhere (recall.h), so that another start can have other values.
 *
 * A new file takes the old one's place in one step.  Where that would lose
 * something (other hard links, an owner whom we may not give, a file that is
 * mounted, a directory that we may not write to) it is written over instead.
 */
struct backup {
	const struct job *job; /* mode, values, needles and flags count */
	bool keep;             /* .bak files are heeded and made */
	char **path;           /* absolute; `count` of them */
	size_t count;
};

/* How many files have placeholders, or -1 and all are as they were. */
int64_t backup_run(const struct backup *b, struct failure *f);

#endif
