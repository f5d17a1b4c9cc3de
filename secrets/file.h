#ifndef SECRETS_FILE_H
#define SECRETS_FILE_H

#include <stddef.h>

/*
 * The whole of a small file that holds a secret: at most max bytes, in a block
 * of heap.h's that is the caller's, with a NUL behind that is not counted.
 * Never waits on a FIFO.  0, -EFBIG when it is larger, -EINVAL when it is no
 * regular file, or -errno; on failure the outputs are untouched.
 */
int file_read(const char *path, size_t max, char **ret, size_t *ret_len);

/* The phrase for what file_read returned. */
const char *file_strerror(int err);

#endif
