/*
 * The app that is measured: looks at the clock first and, when its life is one
 * that ends, last.  Static and tiny, so that its own start costs next to
 * nothing and the same everywhere.
 */
#include "map.h"

int
main(void)
{
	int64_t born = page_now();
	struct page *page = map_page();
	uint32_t n = map_born(page, born);

	while (n >= page->dying)
		(void)pause();

	struct timespec span = { .tv_sec = page->life_us / 1000000,
		.tv_nsec = (long)(page->life_us % 1000000) * 1000 };
	(void)nanosleep(&span, NULL);
	page->life[n].died = page_now();
	_exit(7);
}
