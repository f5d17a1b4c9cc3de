#ifndef PERSONALITY_NAMES_H
#define PERSONALITY_NAMES_H

/*
 * The names of other programs that cradle can be called by, in one table.  A
 * new one is a line in names.c: its name and a main that is given argv as that
 * program would be, argv[0] included.
 */

typedef int names_main(int argc, char *argv[]);

/* The program that argv[0]'s last part names, or NULL. */
names_main *names_find(const char *argv0);

/*
 * `cradle as NAME ARGUMENT...`, argv[0] being "as": that program's exit code.
 * Without a name the names are printed; an unknown one is told with them.
 */
int names_as_main(int argc, char *argv[]);

#endif
