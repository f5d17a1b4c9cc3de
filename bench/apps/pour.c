/*
 * Writes pour_mib of log lines to stdout, 64 KiB at a time; its birth says when
 * that began.
 */
#include "page.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK 65536
#define LINE 128

static char chunk[CHUNK];

static struct page *
map(void)
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
	struct page *page = map();

	memset(chunk, 'x', sizeof(chunk));
	for (size_t at = LINE - 1; at < CHUNK; at += LINE)
		chunk[at] = '\n';
	page->life[0].born = page_now();
	page->lives = 1;
	for (uint32_t i = 0; i < page->pour_mib * (1048576 / CHUNK); i++)
		put(chunk, CHUNK);
	return 0;
}
