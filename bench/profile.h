#ifndef BENCH_PROFILE_H
#define BENCH_PROFILE_H

/*
 * Put the calling process under a seccomp filter as large as the one that
 * container engines use: a list of what is allowed, an error for the rest.
 * Touches none of its memory but what profile_make has filled; a cage's dress.
 */
void profile_make(void);
void profile_put_on(void);

#endif
