#ifndef ENVSUBST_PAGE_H
#define ENVSUBST_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The elements of an HTML page whose text a Content-Security-Policy may allow
 * by its hash: scripts without src, and styles.
 */

struct page_part {
	size_t start; /* of the text */
	size_t end;
	bool style;
	bool data; /* of a type that is not run, which no policy asks about */
};

#define PAGE_PARTS_MAX 4096

struct page {
	struct page_part *part; /* `count` of them, in order; heap */
	size_t count;
};

/* 0, -ENOMEM, or -E2BIG.  The caller frees. */
int page_read(const char *html, size_t len, struct page *ret);

/* Harmless on an empty one. */
void page_free(struct page *p);

/* Whether a file of that name is a page. */
bool page_is(const char *name);

#endif
