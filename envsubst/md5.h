#ifndef ENVSUBST_MD5_H
#define ENVSUBST_MD5_H

#include "envsubst/blocks.h"

#include <stddef.h>

/*
 * MD5 (RFC 1321), as manifests of service workers name the contents of files;
 * not for anything that has an enemy.
 */

#define MD5_SIZE 16

struct md5 {
	struct blocks blocks;
};

void md5_begin(struct md5 *h);
void md5_add(struct md5 *h, const void *data, size_t len);
void md5_end(struct md5 *h, unsigned char *ret);

#endif
