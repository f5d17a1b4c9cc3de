#include "supervisor/folder.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/pid1.h"

/* The kernel's record. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

static bool
list_block(int dir, const char *block, long len, folder_each *each, void *arg)
{
	for (long at = 0; at < len;) {
		const struct entry *e = (const void *)(block + at);
		at += e->len;
		if (!each(dir, e->name, arg))
			return false;
	}
	return true;
}

int
folder_list(const char *path, folder_each *each, void *arg)
{
	_Alignas(struct entry) char block[4096];
	autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return -errno;
	for (;;) {
		long n = syscall(SYS_getdents64, dir, block, sizeof(block));
		if (n <= 0)
			return n == 0 ? 0 : -errno;
		if (!list_block(dir, block, n, each, arg))
			return 0;
	}
}
