#ifndef CONFIG_CHECK_PRINT_H
#define CONFIG_CHECK_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The parts that the text of `cradle check` is made of. */

#define CHECK_PRINT_INDENT "             "

struct check_print {
	FILE *to;
	int step; /* of the last numbered heading */
};

/* The left column: with the next step's number where it is one. */
void check_print_heading(struct check_print *p, const char *title, bool step);

/* A word as a shell would want it quoted, more or less; cut at 500 bytes. */
void check_print_word(const struct check_print *p, const char *text);

/* A whole command. */
void check_print_words(const struct check_print *p, char *const command[]);

/* "250 ms": good until the fifth call after this one. */
const char *check_print_span(int64_t ms);

/* A URL without its query, which may hold what is nobody's business. */
void check_print_url(const struct check_print *p, const char *url);

#endif
