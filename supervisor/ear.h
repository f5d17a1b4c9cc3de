#ifndef SUPERVISOR_EAR_H
#define SUPERVISOR_EAR_H

#include "supervisor/cluster.h"
#include "supervisor/ipc.h"
#include "supervisor/notify.h"
#include "supervisor/spawn.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What a service can say of itself while it lives, on descriptors that are
 * opened for each life and closed with it: the socket named by NOTIFY_SOCKET,
 * the descriptor of "fd:N", Node's IPC channel.  All of it comes from the
 * service and is taken as such: bounded at each wake-up, and a flood is left in
 * the kernel's queue for a while, so that its sender waits and not PID 1.
 */

struct service;

struct ear {
	int notify; /* -1, as all of them when not open */
	int fd;
	int ipc;
	struct ev_io notify_io, fd_io, ipc_io;
	int64_t deaf_until; /* after a flood; 0: not deaf */
	bool reloading;     /* RELOADING=1, and no READY=1 since */
	bool stopping;      /* STOPPING=1: it goes by itself */
	struct ipc lines;   /* from here on large, and hardly touched */
	struct cluster cluster;
	char status[NOTIFY_STATUS_SIZE];
};

void ear_setup(struct service *s);

/* A new program of PID 1 goes on with what is open; and what that is. */
#define EAR_FDS 3
void ear_adopt(struct service *s);

/* Nobody listens until ear_adopt and ear_turn: the descriptors stay. */
void ear_rest(struct service *s);
void ear_descriptors(const struct service *s, int ret[EAR_FDS]);

/*
 * Open what the plan names for the life that is about to begin, and say in how
 * what its process must be given.  What cannot be opened is one line, and the
 * life begins without.  ear_spawned closes the child's ends; call it behind the
 * spawn, whatever became of it.
 */
void ear_open(struct service *s, struct spawn *how);
void ear_spawned(struct service *s);

/* The life is over. */
void ear_close(struct service *s);

/* Write "shutdown" to Node's channel, PM2's way to stop: false when there is
   no channel, or no room on it. */
bool ear_say_shutdown(struct service *s);

/* What a ready service says that it is doing: "reloading",
   "stopping"; else NULL. */
const char *ear_phase(const struct service *s);

/* Begin to listen, and again after a flood; when that is due. */
void ear_turn(struct service *s);
int64_t ear_deadline(const struct service *s);

#endif
