#include "envsubst/needles.h"

#include "envsubst/needles_way.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define BUCKETS 8
#define NONE ((size_t)-1)

/* A needle; those whose samples have the same hash are chained, longest first.
 */
struct entry {
	char *text;
	size_t len;
	size_t next;
};

struct needles {
	struct sample sample;
	size_t offset; /* of the sample in each needle */
	size_t reach;
	size_t count;
	size_t mask; /* of `head`, a power of two less one */
	size_t *head;
	struct entry *entry;
};

static needles_way *way;

bool
needles_use(const char *name)
{
	needles_way *found = needles_way_named(name);
	if (found == NULL)
		return false;
	way = found;
	return true;
}

/*
 * How often a byte stands in what is built for browsers, from 0 for never.
 * Only the order matters: it says which bytes of a needle to look for.
 */
static unsigned
frequency(unsigned char c)
{
	static const char frequent[] =
	    "etnaroi sclupd(,.mfhg=\"){};bv:y0x1w'k2[]3-/4TSEC&!A5N6OI8"
	    "|+>PRDL79?F<MjUBzq*\n_V#HGWXKYJQ$\\%Z@~^`";
	const char *at = memchr(frequent, c, sizeof(frequent) - 1);
	return at == NULL
		   ? 0
		   : (unsigned)(sizeof(frequent) - (size_t)(at - frequent));
}

static uint32_t
hash_at(const struct needles *n, const char *sample)
{
	uint32_t hash = 0;
	for (size_t i = 0; i < n->sample.count; i++)
		hash = hash * 0x01000193 ^ (unsigned char)sample[i];
	return hash * 0x9e3779b1 >> 7;
}

/* The rarest bytes at one offset of all needles. */
static void
choose_sample(struct needles *n, size_t shortest)
{
	unsigned least = UINT32_MAX;
	n->sample.count = shortest < SAMPLE_MAX ? shortest : SAMPLE_MAX;
	for (size_t o = 0; o + n->sample.count <= shortest; o++) {
		unsigned sum = 0;
		for (size_t i = 0; i < n->count; i++)
			for (size_t k = 0; k < n->sample.count; k++)
				sum += frequency(
				    (unsigned char)n->entry[i].text[o + k]);
		if (sum < least) {
			least = sum;
			n->offset = o;
		}
	}
}

static void
fill_buckets(struct needles *n)
{
	for (size_t i = 0; i < n->count; i++) {
		const char *sample = n->entry[i].text + n->offset;
		uint8_t bit = (uint8_t)(1u << hash_at(n, sample) % BUCKETS);
		for (size_t k = 0; k < n->sample.count; k++) {
			unsigned char c = (unsigned char)sample[k];
			n->sample.byte[k][c] |= bit;
			n->sample.low[k][c & 15] |= bit;
			n->sample.high[k][c >> 4] |= bit;
		}
	}
}

static void
chain(struct needles *n)
{
	for (size_t i = 0; i <= n->mask; i++)
		n->head[i] = NONE;
	for (size_t i = 0; i < n->count; i++) {
		struct entry *e = &n->entry[i];
		size_t *link =
		    &n->head[hash_at(n, e->text + n->offset) & n->mask];
		while (*link != NONE && n->entry[*link].len >= e->len)
			link = &n->entry[*link].next;
		e->next = *link;
		*link = i;
	}
}

static int
copy(struct needles *n, const struct needle *list, size_t count)
{
	size_t shortest = NEEDLE_LEN_MAX;
	for (size_t i = 0; i < count; i++) {
		size_t len = list[i].len;
		if (len == 0 || len > NEEDLE_LEN_MAX)
			return -EINVAL;
		char *text = malloc(len);
		if (text == NULL)
			return -ENOMEM;
		memcpy(text, list[i].text, len);
		n->entry[n->count++] = (struct entry){ text, len, NONE };
		shortest = len < shortest ? len : shortest;
		n->reach = len > n->reach ? len : n->reach;
	}
	choose_sample(n, shortest);
	return 0;
}

int
needles_build(const struct needle *list, size_t count, struct needles **ret)
{
	if (count == 0 || count > NEEDLES_MAX)
		return -EINVAL;
	if (way == NULL)
		(void)needles_use(NULL);
	struct needles *n = calloc(1, sizeof(*n));
	if (n == NULL)
		return -ENOMEM;
	n->mask = 15;
	while (n->mask < 2 * count)
		n->mask = n->mask * 2 + 1;
	n->head = calloc(n->mask + 1, sizeof(*n->head));
	n->entry = calloc(count, sizeof(*n->entry));
	int r = n->head == NULL || n->entry == NULL ? -ENOMEM
						    : copy(n, list, count);
	if (r < 0) {
		needles_free(n);
		return r;
	}
	fill_buckets(n);
	chain(n);
	*ret = n;
	return 0;
}

void
needles_free(struct needles *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++)
		free(n->entry[i].text);
	free(n->entry);
	free(n->head);
	free(n);
}

size_t
needles_reach(const struct needles *n)
{
	return n->reach;
}

size_t
needles_count(const struct needles *n)
{
	return n->count;
}

const char *
needles_text(const struct needles *n, size_t i, size_t *ret_len)
{
	*ret_len = n->entry[i].len;
	return n->entry[i].text;
}

const char *
needles_find(
    const struct needles *n, const char *data, size_t len, size_t *ret_which)
{
	const char *end = data + len;
	if (len < n->offset)
		return NULL;
	const char *at = data + n->offset;
	while ((at = way(&n->sample, at, end)) != NULL) {
		const char *start = at - n->offset;
		size_t i = n->head[hash_at(n, at) & n->mask];
		for (; i != NONE; i = n->entry[i].next) {
			const struct entry *e = &n->entry[i];
			if (e->len > (size_t)(end - start) ||
			    memcmp(start, e->text, e->len) != 0)
				continue;
			*ret_which = i;
			return start;
		}
		at++;
	}
	return NULL;
}
