/*
 * Writes pour_mib of log lines to stdout, 64 KiB at a time; its birth says when
 * that began.
 */
#include "map.h"

#include <string.h>

#define CHUNK 65536
#define LINE 128

static char chunk[CHUNK];

static void
put(const char *from, size_t left)
{
	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, from, left);
		if (n <= 0)
			_exit(103);
		from += n;
		left -= (size_t)n;
	}
}

int
main(void)
{
	struct page *page = map_page();

	memset(chunk, 'x', sizeof(chunk));
	for (size_t at = LINE - 1; at < CHUNK; at += LINE)
		chunk[at] = '\n';
	(void)map_born(page, page_now());
	for (uint32_t i = 0; i < page->pour_mib * (1048576 / CHUNK); i++)
		put(chunk, CHUNK);
	return 0;
}
