#ifndef PERSONALITY_OPTION_H
#define PERSONALITY_OPTION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A command line read as GNU getopt reads it, with any libc: musl's stops at
 * the first word that is no option and words its errors differently, but what
 * is imitated here is built with glibc nearly everywhere.
 *
 * Options may stand behind other words, unless options_first or
 * POSIXLY_CORRECT; argv is put in order as it is read, and "--" ends it.  A
 * letter followed by ':' takes a value, in the same word or the next.  Long
 * names may be cut short as long as they stay unambiguous.  Mistakes are told
 * on stderr.
 */

struct option_name {
	const char *name; /* without the dashes */
	char letter;      /* that option_next returns for it */
};

struct option_reader {
	int argc;
	char **argv;
	const char *letters;
	const struct option_name *names; /* NULL: no long ones */
	size_t names_count;
	bool options_first;
	int at;           /* the next word; at the end, the first operand */
	const char *rest; /* of a word with several letters */
	int last;         /* where that word stood */
};

void option_begin(struct option_reader *r, int argc, char *argv[]);

/*
 * The next option's letter, and its value or NULL; '?' after a mistake, which
 * has been told; -1 at the end.
 */
int option_next(struct option_reader *r, const char **ret_value);

#endif
