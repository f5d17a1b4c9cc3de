#include "envsubst/sums.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name;
	size_t size;
} table[SUMS_KINDS] = {
	[SUMS_MD5] = { "md5", MD5_SIZE },
	[SUMS_SHA1] = { "sha1", SHA1_SIZE },
	[SUMS_SHA256] = { "sha256", 32 },
	[SUMS_SHA384] = { "sha384", 48 },
	[SUMS_SHA512] = { "sha512", 64 },
};

size_t
sums_size(enum sums_kind kind)
{
	assert(kind < SUMS_KINDS);
	return table[kind].size;
}

const char *
sums_name(enum sums_kind kind)
{
	assert(kind < SUMS_KINDS);
	return table[kind].name;
}

/* SHA-384 is SHA-512 cut short, from another start (FIPS 180-4, 5.3.4). */
static void
begin_sha384(crypto_hash_sha512_state *s)
{
	static const uint64_t start[8] = { 0xcbbb9d5dc1059ed8,
		0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
		0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7,
		0x47b5481dbefa4fa4 };

	(void)crypto_hash_sha512_init(s);
	memcpy(s->state, start, sizeof(start));
}

static bool
asks_for(const struct sums_state *s, enum sums_kind kind)
{
	return s->kinds & 1u << kind;
}

void
sums_begin(struct sums_state *s, unsigned kinds)
{
	s->kinds = kinds;
	md5_begin(&s->md5);
	sha1_begin(&s->sha1);
	(void)crypto_hash_sha256_init(&s->sha256);
	begin_sha384(&s->sha384);
	(void)crypto_hash_sha512_init(&s->sha512);
}

int
sums_add(void *state, const void *data, size_t len)
{
	struct sums_state *s = state;
	if (asks_for(s, SUMS_MD5))
		md5_add(&s->md5, data, len);
	if (asks_for(s, SUMS_SHA1))
		sha1_add(&s->sha1, data, len);
	if (asks_for(s, SUMS_SHA256))
		(void)crypto_hash_sha256_update(&s->sha256, data, len);
	if (asks_for(s, SUMS_SHA384))
		(void)crypto_hash_sha512_update(&s->sha384, data, len);
	if (asks_for(s, SUMS_SHA512))
		(void)crypto_hash_sha512_update(&s->sha512, data, len);
	return 0;
}

void
sums_end(struct sums_state *s, struct sums *ret)
{
	*ret = (struct sums){ 0 };
	if (asks_for(s, SUMS_MD5))
		md5_end(&s->md5, ret->of[SUMS_MD5]);
	if (asks_for(s, SUMS_SHA1))
		sha1_end(&s->sha1, ret->of[SUMS_SHA1]);
	if (asks_for(s, SUMS_SHA256))
		(void)crypto_hash_sha256_final(
		    &s->sha256, ret->of[SUMS_SHA256]);
	if (asks_for(s, SUMS_SHA384))
		(void)crypto_hash_sha512_final(
		    &s->sha384, ret->of[SUMS_SHA384]);
	if (asks_for(s, SUMS_SHA512))
		(void)crypto_hash_sha512_final(
		    &s->sha512, ret->of[SUMS_SHA512]);
}
