#include "envsubst/slurp.h"

#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FIRST ((size_t)4096)

int
slurp_fd(int fd, size_t max, char **ret, size_t *ret_len)
{
	size_t size = FIRST;
	size_t have = 0;
	char *text = malloc(size);

	for (int r = text == NULL ? -ENOMEM : 0;;) {
		ssize_t n =
		    r < 0 ? r : files_read(fd, text + have, size - have);
		if (n > 0)
			have += (size_t)n;
		if (n == 0 && have <= max) {
			*ret = text;
			*ret_len = have;
			return 0;
		}
		if (n <= 0 || have > max) {
			if (text != NULL)
				explicit_bzero(text, have);
			free(text);
			return n < 0 ? (int)n : -E2BIG;
		}
		if (have < size)
			continue;
		char *grown = malloc(size * 2);
		if (grown == NULL) {
			r = -ENOMEM;
			continue;
		}
		memcpy(grown, text, have);
		explicit_bzero(text, have);
		free(text);
		text = grown;
		size *= 2;
	}
}

int
slurp_file(const char *path, size_t max, char **ret, size_t *ret_len)
{
	autoclose int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return fd == -1 ? -errno : slurp_fd(fd, max, ret, ret_len);
}
