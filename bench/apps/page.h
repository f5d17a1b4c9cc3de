#ifndef BENCH_APPS_PAGE_H
#define BENCH_APPS_PAGE_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * What a bench and the lives of its app share: a mapped file that BENCH_PAGE
 * names.  Stamps are plain stores, so that the last thing a life does is to
 * look at the clock.  Times are CLOCK_MONOTONIC in ns; a namespace of PIDs has
 * the same one.
 */

#define PAGE_LIVES_MAX 64

struct page {
	_Atomic uint32_t lives; /* begun so far; a futex */
	uint32_t dying;         /* so many die with code 7, later ones stay */
	uint32_t life_us;       /* how long a life is that dies */
	uint32_t pour_mib;      /* apps/pour.c: how much to write */
	_Atomic uint32_t storm_orphans; /* apps/storm.c: not 0: begin */
	_Atomic uint32_t storm_over;
	struct {
		int64_t born;
		int64_t died;
	} life[PAGE_LIVES_MAX];
};

/* The system call itself: looking for the vDSO takes a young program longer. */
static inline int64_t
page_now(void)
{
	struct timespec ts;
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

#endif
