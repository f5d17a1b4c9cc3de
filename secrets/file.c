#include "secrets/provider.h"

#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/wire_types.h"
#include "remote/heap.h"
#include "secrets/file.h"
#include "secrets/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a FIFO in the file's place must not hold up the start. */
static int
open_regular(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return TAKE_FD(fd);
}

int
file_read(const char *path, size_t max, char **ret, size_t *ret_len)
{
	int opened = open_regular(path);
	if (opened < 0)
		return opened;
	autoclose int fd = opened;
	autoheap char *data = heap_alloc(max + 1);
	if (data == NULL)
		return -ENOMEM;

	ssize_t len = fd_read_full(fd, data, max + 1);
	if (len < 0)
		return (int)len;
	if ((size_t)len > max)
		return -EFBIG;
	data[len] = '\0';
	*ret = TAKE_PTR(data);
	*ret_len = (size_t)len;
	return 0;
}

const char *
file_strerror(int err)
{
	switch (err) {
	case -EINVAL:
		return "it is not a regular file";
	case -EFBIG:
		return "it is too large";
	}
	return strerror(-err);
}

static bool
file_same(
    const struct session *session, const struct ref *a, const struct ref *b)
{
	(void)session;
	return strcmp(a->path, b->path) == 0;
}

static int
code_of(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
		return EXITS_DENIED;
	case -EIO:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -ESTALE:
		return EXITS_UNAVAILABLE;
	}
	return EXITS_CONFIG;
}

static void
file_start(struct job *job)
{
	autoheap char *data = NULL;
	size_t len;
	char why[128];

	int r = file_read(job_ref(job)->path, WIRE_SECRET_MAX, &data, &len);
	if (r == 0) {
		job_value(job, data, len);
		return;
	}
	(void)snprintf(
	    why, sizeof(why), "cannot read the file: %s", file_strerror(r));
	if (r == -ENOENT || r == -ENOTDIR)
		job_absent(job, why);
	else
		job_miss(job, code_of(r), why);
}

const struct provider file_provider = { file_same, file_start };
