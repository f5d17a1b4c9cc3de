#ifndef REMOTE_ROOTS_H
#define REMOTE_ROOTS_H

#include <stddef.h>

/*
 * Where the CA roots come from.  Exactly one of the two is set: a file to read,
 * or PEM text inside the binary (not NUL-terminated).
 */
struct roots {
	char *file; /* heap; roots_free */
	const char *pem;
	size_t pem_len;
};

/*
 * ca_file, else $SSL_CERT_FILE, else the first system bundle that can be read,
 * else the binary's own.  A file that was named and cannot be read is an error,
 * not a reason to trust something else.  0 or -errno; on failure *ret is empty.
 */
int roots_find(const char *ca_file, struct roots *ret);
void roots_free(struct roots *roots);

#endif
