#ifndef ENVSUBST_EXTGLOB_H
#define ENVSUBST_EXTGLOB_H

#include "envsubst/utf16.h"

/*
 * One part of a glob as the source of a regular expression, the way minimatch
 * 10 writes it: ?(..) *(..) +(..) @(..) !(..), nested, with its rules about
 * what may match a leading dot or nothing at all.
 */
struct extglob {
	struct utf16 source; /* without ^ and $ */
	bool magic;          /* false: it is a plain name, escaped */
	bool unicode;
};

/* 0, or -E2BIG: too complex. */
int extglob_parse(
    struct arena *memory, const struct utf16 *glob, struct extglob *ret);

#endif
