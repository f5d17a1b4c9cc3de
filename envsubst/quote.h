#ifndef ENVSUBST_QUOTE_H
#define ENVSUBST_QUOTE_H

#include "envsubst/text.h"

#include <stddef.h>

/*
 * How a value is written so that it stays one value where it is put.  None can
 * end the string, the element or the line it stands in.
 */
enum quote {
	QUOTE_RAW,
	QUOTE_JSON,    /* inside of a JSON string */
	QUOTE_JS,      /* inside of '...', "..." or `...`, in a page or not */
	QUOTE_HTML,    /* text of an element, or a quoted attribute */
	QUOTE_NGINX,   /* inside of '...' or "..." */
	QUOTE_URL,     /* one component */
	QUOTE_CSS,     /* inside of a string of a style sheet */
	QUOTE_LITERAL, /* a whole JSON or JavaScript string, with its quotes */
	QUOTE_NAMES,   /* so many have a name */

	/* what only places ask for */
	QUOTE_SCALAR = QUOTE_NAMES, /* a number, true, false, null as it is,
				       all else as QUOTE_LITERAL */
	QUOTE_JS_ALL,     /* every sign as an escape: no code, wherever */
	QUOTE_HTML_BARE,  /* an attribute without quotes */
	QUOTE_HTML_JS,    /* JavaScript in an attribute */
	QUOTE_NGINX_BARE, /* a word without quotes */
	QUOTES,
};

/* By its name, "raw" to "literal", or -1. */
int quote_find(const char *name, size_t len);

/*
 * 0, or -EINVAL: there is no way to write that value there, and nothing was
 * added.  Bytes that are no UTF-8 are U+FFFD in JSON and JavaScript, where all
 * that reads them would see it.
 */
int quote_add(enum quote quote, const char *data, size_t len, struct text *to);

#endif
