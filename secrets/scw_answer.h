#ifndef SECRETS_SCW_ANSWER_H
#define SECRETS_SCW_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bodies that Scaleway's access endpoints send: wire-checked, copied out,
 * nothing of theirs kept.
 */
struct scw_answer {
	char *data; /* heap.h: the payload, decoded, NUL-terminated */
	size_t len;
	int64_t revision; /* 0: not said */
	bool crc_differs; /* a checksum was announced and is another */
};

/* NULL, or a phrase on what is wrong with it; then *ret is untouched. */
const char *scw_answer_read(
    const char *body, size_t len, struct scw_answer *ret);
void scw_answer_free(struct scw_answer *answer);

/*
 * What of an error's body may be shown or acted on: its type and the reason of
 * a refused key, each "" unless made of small letters and underscores only.
 */
struct scw_refusal {
	char type[48];
	char reason[48];
	int64_t reset_ms; /* -1: not said */
};

void scw_answer_refusal(const char *body, size_t len, struct scw_refusal *ret);

#endif
