#ifndef CORE_GUARD_H
#define CORE_GUARD_H

#include <stddef.h>
#include <unistd.h>

/*
 * Every descriptor and heap object is declared with its end:
 *
 *	autoclose int fd = open(...);
 *	...
 *	*ret_fd = TAKE_FD(fd);		success takes it out
 *
 * -1 is the only "no descriptor".  autofree, for heap objects, is in
 * guard_heap.h, which supervisor/ never includes: PID 1 has no heap.
 */

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void
guard_close(const int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
}

static inline int
guard_take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define autoclose __attribute__((cleanup(guard_close)))
#define TAKE_FD(fd) guard_take_fd(&(fd))

#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#endif
