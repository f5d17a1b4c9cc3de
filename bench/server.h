#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include "cage.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * apps/serve.js under one of these, in a cage, on a port of its own:
 *
 * cradle         as it is: the handover is on
 * cradle-standby ... with a spare
 * cradle-off     ... with "handover": "off": a plain restart
 * ...-tiny       those with apps/serve.c, which boots in no time
 * pm2            PM2 in fork mode
 * pm2-cluster    PM2 in cluster mode, two workers
 * s6             s6-supervise
 *
 * None of them gives up, and none waits before a restart where it can be told
 * not to.
 */

struct load;

struct server {
	const char *name;
	struct cage_how how;
	struct cage cage;
	int port;
	char *argv[8];
	bool standby;
};

/*
 * It answers within ms; false: who it is for is not on this machine.  dress: of
 * its cage, or NULL.
 */
bool server_start(
    struct server *server, const char *name, void dress(void), int ms);

/*
 * Have it do a reload, by its own command, while the load runs: whether that
 * ended well.
 */
bool server_reload(const struct server *server, struct load *load);

/* The process that says it is that PID; 0: there is none. */
pid_t server_process(const struct server *server, pid_t inside);

/*
 * With a spare: let the load run until there is one beside that process; with a
 * cluster: until it must be complete.
 */
void server_settle(
    const struct server *server, struct load *load, pid_t active);

void server_end(struct server *server);

#endif
