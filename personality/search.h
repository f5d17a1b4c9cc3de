#ifndef PERSONALITY_SEARCH_H
#define PERSONALITY_SEARCH_H

/*
 * Execute argv[0] as glibc's execvp does, with any libc: along PATH when it
 * has no slash, and with /bin/sh when it is a script without a first line that
 * says whose.  For that argv[-1] must exist; it is overwritten.  Uses no heap
 * and suits a vforked child.  Returns only on failure, the errno of it.
 */
int search_exec(char *argv[]);

#endif
