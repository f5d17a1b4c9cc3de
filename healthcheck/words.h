#ifndef HEALTHCHECK_WORDS_H
#define HEALTHCHECK_WORDS_H

#include "core/buf.h"
#include "healthcheck/facts.h"

/*
 * Facts in words and numbers, the same on every page.
 */

/* "94 ms", "1.61 s", "3 h 2 min": short, for people. */
void words_duration(struct buf *b, int64_t us);

/* 1610000 us is "1.61": exact, for machines. */
void words_seconds(struct buf *b, int64_t us);

/* "is starting", "has ended": what the phase of a service means. */
const char *words_phase(const char *phase);

/* Which of its instances it is: ":1"; nothing when it is the only one. */
void words_instance(struct buf *b, const struct facts_service *s);

/* "parked", "boots", "none"; "" when no spare is wanted. */
const char *words_spare(const struct facts_service *s);

/* "exited with code 1", "was killed by SIGSEGV"; nothing before any death. */
void words_last_exit(struct buf *b, const struct facts_service *s);

/* Ready as probes see it: all essential services are, and no stop has begun. */
bool words_ready(const struct facts *f);

/* What is going on, in a word or two: "ready", "stopping", "boot: secrets". */
const char *words_state(const struct facts *f);

/* Text with invalid UTF-8 made U+FFFD and the bytes in `special` escaped. */
struct words_escape {
	char byte;
	const char *text;
};
void words_escaped(
    struct buf *b, const char *text, const struct words_escape *special);

#endif
