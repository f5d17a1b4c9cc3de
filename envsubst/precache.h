#ifndef ENVSUBST_PRECACHE_H
#define ENVSUBST_PRECACHE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The list of a service worker made with workbox,
 *
 *	{url:"index.html",revision:"MD5"},{url:"app-1a2b.js",revision:null}
 *
 * where a file that is named after its contents has no revision.  Once such a
 * file is changed under its name it needs one, or browsers keep the old one.
 */

struct precache_entry {
	const char *url; /* in the text */
	size_t url_len;
	size_t null_at; /* where the null stands */
};

#define PRECACHE_NULL "null"

/* 0 to go on, else the scan ends with it. */
typedef int precache_take(void *arg, const struct precache_entry *entry);

/* Each entry without a revision.  0 or what take returned. */
int precache_scan(const char *text, size_t len, precache_take *take, void *arg);

/* Whether a file of that name may be a service worker, or its list. */
bool precache_may_be(const char *name);

#endif
