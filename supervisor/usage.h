#ifndef SUPERVISOR_USAGE_H
#define SUPERVISOR_USAGE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What each service's whole tree uses now, read from /proc in one pass: its
 * session and group, and whatever descends from its process.  Memory is what
 * each process has to itself (resident without file pages and shared memory),
 * plus the largest shared part once: forks that share pages count them twice at
 * most, a library that all of them map counts once.
 */
struct usage {
	int64_t bytes;
	int64_t
	    cpu_ms; /* of those that live, and of children they waited for */
	int64_t processes;
	int64_t zombies;     /* of those: dead, and not waited for */
	int64_t shared;      /* the largest; part of bytes */
	int64_t spare_bytes; /* its second process's; part of bytes */
};

struct init;

/* ret: one per service of init.  0, or -errno without a /proc of ours. */
int usage_read(const struct init *init, struct usage *ret);

#endif
