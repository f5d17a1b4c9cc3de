#ifndef SUPERVISOR_HANDED_H
#define SUPERVISOR_HANDED_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What people and Prometheus are told of a service's handovers: the handover
 * writes it, state.c shows it.
 */

enum handed_kind {
	HANDED_RESTART, /* a new life got its sockets after a death */
	HANDED_STANDBY, /* a spare took over */
	HANDED_RELOAD,  /* a new process took over from one that works */
	HANDED_KINDS,
};

enum handed_spare {
	HANDED_NO_SPARE,
	HANDED_SPARE_BOOTS,
	HANDED_SPARE_PARKED,
	HANDED_SPARES,
};

struct handed {
	int64_t count[HANDED_KINDS];
	enum handed_spare spare;
	pid_t spare_pid;       /* 0: there is none */
	int64_t spare_born_us; /* core/clock.h */
};

#endif
