#ifndef CONFIG_MANPAGE_H
#define CONFIG_MANPAGE_H

#include <stdio.h>

/*
 * The two parts of docs/man/cradle.json.5 that are made from the tables, in
 * man(7) macros.  docs/man/refresh.sh puts them into the page between its
 * markers, and a unit test compares.
 */
void manpage_keys(FILE *to);
void manpage_variables(FILE *to);

#endif
