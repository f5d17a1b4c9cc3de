#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "cage.h"

#include <stdbool.h>

/*
 * How each of those that are compared is asked to run an app.  "bare" is no
 * supervisor at all, "loop" is apps/loop.c.
 */

#define PEER_ARGS_MAX 8

struct peer {
	const char *name;
	char *argv[PEER_ARGS_MAX];
};

/*
 * name: bare, loop, tini, dumb-init, catatonit, s6 (s6-supervise), s6-svscan,
 * supervisord, pm2, cradle.  app is one of bench/apps.  False when the peer is
 * not on this machine.
 */
bool peer_find(struct peer *peer, const char *name, const char *app);

/*
 * peer_find, and how the peer is put into a cage: in the environment that all
 * get, with its output nowhere.
 */
bool peer_prepare(
    struct peer *peer, struct cage_how *how, const char *name, const char *app);

/* The path of a program along PATH, or NULL.  Never freed. */
char *peer_program(const char *name);

#endif
