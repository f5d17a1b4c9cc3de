#ifndef NOTIFY_SPAN_H
#define NOTIFY_SPAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A piece of somebody else's text, and the ways to walk through it by lines.
 * Nothing is copied; at == NULL is "none".  No function reads outside its span.
 */
struct span {
	const char *at;
	size_t len;
};

#define SPAN_NONE ((struct span){ NULL, 0 })

/* Whether it begins, or ends, with these words. */
bool span_starts(struct span s, const char *words);
bool span_ends(struct span s, const char *words);

/* The first, or the last, place of these words; at NULL when there is none.
   The result reaches from there to the end of s. */
struct span span_find(struct span s, const char *words);
struct span span_find_last(struct span s, const char *words);

/* The last line of s that begins with these words, with all that follows. */
struct span span_last_line(struct span s, const char *words);

/*
 * Cut the first line off *rest: true and *ret is it, without its newline;
 * false when nothing is left.
 */
bool span_line(struct span *rest, struct span *ret);

/* The same from the end; *rest keeps what lies before. */
bool span_line_back(struct span *rest, struct span *ret);

/* Without blanks at both ends; without its first n bytes; up to a byte. */
struct span span_trim(struct span s);
struct span span_skip(struct span s, size_t n);
struct span span_until(struct span s, char stop);

/* From the start of a up to the start of b, which lies behind it. */
struct span span_between(struct span a, struct span b);

/* As text: what fits, never half of a UTF-8 sequence. */
void span_copy(struct span s, char *ret, size_t size);

/* The same of a, some words, and b, one after the other. */
void span_join(
    struct span a, const char *between, struct span b, char *ret, size_t size);

#endif
