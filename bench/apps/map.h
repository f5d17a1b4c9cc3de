#ifndef BENCH_APPS_MAP_H
#define BENCH_APPS_MAP_H

#include "page.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/mman.h>

/* The page that an app was given; without one it has nothing to do here. */
static inline struct page *
map_page(void)
{
	const char *path = getenv("BENCH_PAGE");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		_exit(100);
	void *at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		_exit(101);
	return at;
}

/* Tell that a life has begun, which was at that time: its number. */
static inline uint32_t
map_born(struct page *page, int64_t born)
{
	uint32_t n = page->lives;
	if (n >= PAGE_LIVES_MAX)
		_exit(102);
	page->life[n].born = born;
	page->lives = n + 1;
	(void)syscall(
	    SYS_futex, &page->lives, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	return n;
}

#endif
