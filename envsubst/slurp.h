#ifndef ENVSUBST_SLURP_H
#define ENVSUBST_SLURP_H

#include <stddef.h>

/*
 * A whole file, which may be a link, a FIFO or what the shell makes of <(...):
 * 0 and the caller frees it; -E2BIG over max bytes; -errno.
 */
int slurp_file(const char *path, size_t max, char **ret, size_t *ret_len);

/* The same of an open one from where it is. */
int slurp_fd(int fd, size_t max, char **ret, size_t *ret_len);

#endif
