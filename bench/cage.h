#ifndef BENCH_CAGE_H
#define BENCH_CAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "apps/page.h"

/*
 * A supervisor as PID 1 of a PID namespace of its own: what it was built to be,
 * and whatever it leaves behind dies with it.
 */

#define CAGE_SETTINGS_MAX 32

struct cage_how {
	char *const *argv; /* argv[0] is a path */
	char *env[CAGE_SETTINGS_MAX];
	int out; /* its stdout; -1: /dev/null, as stderr always is */
	/* called in the child just before the exec, in our own memory; or NULL
	 */
	void (*dress)(void);
};

struct cage {
	pid_t pid;
	int pidfd;
	int64_t begun; /* the last thing before its exec, page_now() */
};

/* The environment that every supervisor gets: PATH, HOME, the page. */
void cage_env_begin(struct cage_how *how);
void cage_env_add(struct cage_how *how, char *setting);

/* Exits with a message when it cannot. */
void cage_start(struct cage *cage, const struct cage_how *how);

/*
 * From the exec to the first instruction of the first life, in ms, of a cage
 * that is made for it and ended.  who: for the message when there is no life.
 */
double cage_first_life(const struct cage_how *how, const char *who, int ms);

/* It ended by itself within ms; *ret_ended is when that was seen. */
bool cage_ended(struct cage *cage, int ms, int64_t *ret_ended);

/* Kill everything in it; nothing is left afterwards.  Its wait status. */
int cage_end(struct cage *cage);

/* A TCP port of 127.0.0.1 that was free a moment ago. */
int cage_free_port(void);

/*
 * The page that the lives in a cage write to, emptied.  Only while there is no
 * such life.
 */
struct page *cage_page(uint32_t dying, uint32_t life_us);

/* There are as many lives within ms. */
bool cage_lives(struct page *page, uint32_t lives, int ms);

#endif
