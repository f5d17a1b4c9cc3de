#ifndef CORE_SECRET_H
#define CORE_SECRET_H

#include <stddef.h>

/*
 * Sealed memory for secrets: libsodium's guarded pages, locked, left out of
 * core dumps, no access at all between secret_open and secret_shut.
 */
struct secret {
	char *data; /* NULL: nothing */
	size_t size;
};

/* Once before anything else here; cheap when called again.  0 or -ENOSYS. */
int secret_setup(void);

/* A region of size bytes, open for reading and writing.  0 or -ENOMEM. */
int secret_new(struct secret *ret, size_t size);

/* Wipe and give back; harmless on an empty one. */
void secret_free(struct secret *s);

void secret_open(const struct secret *s); /* read and write */
void secret_show(const struct secret *s); /* read only */
void secret_shut(const struct secret *s); /* no access */

/* Wipe ordinary memory so that the compiler cannot leave it out. */
void secret_wipe(void *data, size_t len);

#endif
