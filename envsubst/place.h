#ifndef ENVSUBST_PLACE_H
#define ENVSUBST_PLACE_H

#include "envsubst/quote.h"
#include "envsubst/script.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a place in a file is, and with it how a value is to be written there:
 * told from the kind of file, which its name says, and in pages, JSON, code and
 * nginx's configuration also from all that stands before it.
 *
 *	.html .htm .xhtml .xml .svg   text, attribute, script, style
 *	.js .mjs .cjs .jsx .ts ...    in a string or template, or code
 *	.json .webmanifest ...        in a string, or a value
 *	.css                          a string
 *	.conf                         nginx: a word, or in quotes
 *	all others                    raw
 *
 * An ending .template, .tmpl or .tpl says nothing.
 */
enum place_kind { PLACE_FIXED, PLACE_HTML, PLACE_JS, PLACE_JSON, PLACE_NGINX };

enum place_html {
	HTML_TEXT,
	HTML_OPEN,    /* behind < */
	HTML_NAME,    /* of a tag */
	HTML_TAG,     /* between attributes */
	HTML_ATTR,    /* the name of one */
	HTML_EQUALS,  /* behind its = */
	HTML_DOUBLE,  /* its value in "..." */
	HTML_SINGLE,  /* '...' */
	HTML_BARE,    /* without quotes */
	HTML_BOGUS,   /* <!...> or <?...> */
	HTML_COMMENT, /* to --> */
	HTML_SCRIPT,  /* to </script */
	HTML_STYLE,   /* to </style */
};

enum place_nginx {
	NGINX_START,
	NGINX_WORD,
	NGINX_DOUBLE,
	NGINX_SINGLE,
	NGINX_COMMENT
};

struct place {
	enum place_kind kind;
	enum quote fixed;
	uint64_t fed;  /* the file is known up to here */
	int state;     /* of that kind */
	bool escaped;  /* the last byte was a backslash that counts */
	bool closing;  /* HTML: a tag that begins with / */
	char word[16]; /* HTML: the tag, or the attribute; lower case */
	size_t word_len;
	char tag[16];                /* HTML: the tag that an attribute is in */
	char last[2];                /* the bytes before */
	uint64_t script_at;          /* HTML: where the script begins */
	struct script_reader script; /* of it, or of the file */
};

/* quote: one for the whole file, or -1. */
void place_begin(struct place *p, const char *path, int quote);

/*
 * How to write a value there.  text is the file up to that place, NULL when it
 * is too long to be shown: then what is safe in any place of such a file.
 */
enum quote place_quote(struct place *p, const char *text, size_t len);

/* The next `len` bytes are replaced and say nothing of what comes behind. */
void place_skip(struct place *p, uint64_t start, size_t len);

#endif
