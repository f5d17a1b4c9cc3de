#ifndef CORE_FEATURES_H
#define CORE_FEATURES_H

#include <stddef.h>

/*
 * What this kernel, and the sandbox around us, let us do: each one is tried,
 * not derived from a version.  Nothing is changed by trying.
 */
struct feature {
	const char *name;
	int value; /* 0: no; else yes, or the interface's version */
};

#define FEATURES_MAX 8

/* Fill in what was found; the count, at most FEATURES_MAX. */
size_t features_probe(struct feature found[FEATURES_MAX]);

#endif
