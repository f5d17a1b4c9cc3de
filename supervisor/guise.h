#ifndef SUPERVISOR_GUISE_H
#define SUPERVISOR_GUISE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * As whom PID 1 looks into a process: as that one's user, where the kernel lets
 * nobody else.  For the length of one call, with every way out taken off again.
 */
struct guise {
	bool worn;
	uid_t uid; /* our own */
	gid_t gid;
};

struct guise guise_wear(pid_t tid);
void guise_take_off(const struct guise *mine);

#endif
