#include "envsubst/mention.h"
#include "envsubst/sums.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* The standards' own examples. */
static const struct {
	const char *text;
	unsigned repeat;
	const char *hex[SUMS_KINDS];
} vectors[] = {
	{ "", 0,
	    { "d41d8cd98f00b204e9800998ecf8427e",
		"da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
		"55",
		"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1"
		"da274edebfe76f65fbd51ad2f14898b95b",
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9"
		"ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927"
		"da3e" } },
	{ "abc", 1,
	    { "900150983cd24fb0d6963f7d28e17f72",
		"a9993e364706816aba3e25717850c26c9cd0d89d",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
		"ad",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5b"
		"ed8086072ba1e7cc2358baeca134c825a7",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d3"
		"9a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54c"
		"a49f" } },
	{ "1234567890", 8,
	    { "57edf4a22be3c955ac49da2e2107b67a",
		"50abf5706a150990a08b2c5ea40fa0e585554732", NULL, NULL,
		NULL } },
	{ "a", 1000000,
	    { "7707d6ae4e027c70eea2a935c2296f21",
		"34aa973cd4c4daa4f61eeb2bdbad27316534016f",
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112c"
		"d0",
		"9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a"
		"5b07b8b3dc38ecc4ebae97ddd87f3d8985",
		"e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973"
		"ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8c"
		"c09b" } },
};

static void
digests_are_those_of_the_standards(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct sums_state state;
		struct sums sums;
		sums_begin(&state, SUMS_ALL);
		for (unsigned n = 0; n < vectors[i].repeat; n++)
			(void)sums_add(
			    &state, vectors[i].text, strlen(vectors[i].text));
		sums_end(&state, &sums);
		for (enum sums_kind kind = 0; kind < SUMS_KINDS; kind++) {
			char text[MENTION_LEN_MAX + 1] = "";
			if (vectors[i].hex[kind] == NULL)
				continue;
			(void)mention_write(
			    MENTION_HEX, kind, sums.of[kind], text);
			assert_string_equal(text, vectors[i].hex[kind]);
		}
	}
}

static void
every_length_is_padded_right(void **unused)
{
	unsigned char data[200];
	(void)unused;
	memset(data, 'x', sizeof(data));
	for (size_t len = 0; len < sizeof(data); len++) {
		struct sums_state one;
		struct sums_state many;
		struct sums a;
		struct sums b;
		sums_begin(&one, SUMS_ALL);
		(void)sums_add(&one, data, len);
		sums_end(&one, &a);
		sums_begin(&many, SUMS_ALL);
		for (size_t i = 0; i < len; i++)
			(void)sums_add(&many, data + i, 1);
		sums_end(&many, &b);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_standards),
		cmocka_unit_test(every_length_is_padded_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
