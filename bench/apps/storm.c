/*
 * Once the page says so: storm_orphans processes whose parent is gone, as fast
 * as one processor makes them, for PID 1 to reap.
 */
#include "map.h"

#include <sys/wait.h>

#define LITTER 50 /* orphans of one parent */

static void
make_litter(void)
{
	pid_t parent = fork();

	if (parent == -1)
		_exit(103);
	if (parent == 0) {
		for (int i = 0; i < LITTER; i++)
			if (fork() == 0)
				_exit(0);
		_exit(0);
	}
	(void)waitpid(parent, NULL, 0);
}

int
main(void)
{
	struct page *page = map_page();
	struct timespec tick = { .tv_nsec = 1000000 };

	(void)map_born(page, page_now());
	while (page->storm_orphans == 0)
		(void)nanosleep(&tick, NULL);
	for (uint32_t i = 0; i < page->storm_orphans; i += LITTER)
		make_litter();
	page->storm_over = 1;
	for (;;)
		(void)pause();
}
