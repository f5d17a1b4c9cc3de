#ifndef ENVSUBST_MENTION_H
#define ENVSUBST_MENTION_H

#include "envsubst/sums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where text has the shape of a digest: hexadecimal, or base64 in either
 * alphabet, with nothing before or behind it that would belong to it, of the
 * length of one of the kinds in sums.h.
 */

enum mention_form {
	MENTION_HEX,   /* 0-9a-f */
	MENTION_UPPER, /* 0-9A-F */
	MENTION_BASE64,
	MENTION_URL, /* base64 with - and _ */
	MENTION_FORMS,
};

#define MENTION_LEN_MIN 22
#define MENTION_LEN_MAX 640 /* escapes included, see escaped.h */

struct mention {
	uint64_t start;
	uint64_t key; /* mention_key() of the digest that it would be */
	enum sums_kind kind;
	enum mention_form form;
};

/* Tells the digests with one key from nearly all others. */
uint64_t mention_key(const unsigned char *digest);

/* The length of what mention_write writes in one of the forms above. */
size_t mention_len(enum mention_form form, enum sums_kind kind);

/* How a digest is written in that form, padding left out; its length. */
size_t mention_write(enum mention_form form, enum sums_kind kind,
    const unsigned char *digest, char to[MENTION_LEN_MAX]);

/* 0 to go on, else the scan ends with it. */
typedef int mention_take(void *arg, const struct mention *m);

struct mention_scan {
	mention_take *take;
	void *arg;
	bool inside; /* of a run too long to be one */
	uint64_t told;
};

/*
 * Look at a window of a stream, whose first byte is at `offset` of it; `last`
 * when the stream ends with it.  Returns the bytes at the front that are no
 * longer needed (the window must have room for 4 KiB more), or what take
 * returned.
 */
int64_t mention_window(struct mention_scan *s, const char *data, size_t len,
    uint64_t offset, bool last);

#endif
