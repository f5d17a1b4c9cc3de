#ifndef HEALTHCHECK_QUERY_H
#define HEALTHCHECK_QUERY_H

#include "core/httpmsg.h"
#include "core/wire.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What stands behind the question mark of a probe: `verbose` lists each check,
 * `exclude=NAME`, as often as wanted, leaves one out.  Other keys mean nothing.
 */

#define QUERY_EXCLUDES_MAX 16
#define QUERY_NAME_MAX (WIRE_NAME_MAX + 16) /* a service, a prefix */

struct query {
	bool verbose;
	char exclude[QUERY_EXCLUDES_MAX][QUERY_NAME_MAX + 1];
	bool matched[QUERY_EXCLUDES_MAX]; /* the name was one of a check */
	size_t excludes;
};

/* False: more excludes than QUERY_EXCLUDES_MAX, or one longer than any name. */
bool query_parse(struct httpmsg_text text, struct query *ret);

/* Whether the check of this name is left out; remembers that it exists. */
bool query_excludes(struct query *q, const char *name);

#endif
