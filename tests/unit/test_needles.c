#include "envsubst/needles.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const ways[] = { "plain", "ssse3", "avx2", "neon" };

#define LIST_MAX 6

static const struct {
	const char *needle[LIST_MAX];
	const char *text;
	int at; /* -1: not found */
	size_t which;
} cases[] = {
	{ { "$" }, "", -1, 0 },
	{ { "$" }, "$", 0, 0 },
	{ { "$" }, "no dollar but the last one $", 27, 0 },
	{ { "ab" }, "a b ba aab", 8, 0 },
	{ { "abc" }, "ab", -1, 0 },
	{ { "abc" }, "ababc", 2, 0 },
	{ { "__A__", "__AB__" }, "x__AB__", 1, 1 },
	{ { "__A__", "__AB__" }, "x__A__B__", 1, 0 },
	{ { "__A", "__AB" }, "x__ABC", 1, 1 },
	{ { "__AB", "__A" }, "x__AC", 1, 1 },
	{ { "a", "abcdefgh" }, "zabcdefg", 1, 0 },
	{ { "a", "abcdefgh" }, "zabcdefgh", 1, 1 },
	{ { "same", "same" }, "the same", 4, 0 },
	{ { "%A%", "{{A}}", "__A__" }, "%B% {{A}} %A%", 4, 1 },
	{ { "\xff\xfe", "\x80" }, "\xfe\xff\xff\xfe\x80", 2, 0 },
	{ { "import_meta_env_placeholder" },
	    "import_meta_env_placeholde import_meta_env_placeholder", 27, 0 },
};

static struct needles *
build(const char *const needle[LIST_MAX])
{
	struct needle list[LIST_MAX];
	struct needles *n = NULL;
	size_t count = 0;

	for (; count < LIST_MAX && needle[count] != NULL; count++)
		list[count] =
		    (struct needle){ needle[count], strlen(needle[count]) };
	assert_int_equal(needles_build(list, count, &n), 0);
	return n;
}

/* Flush against a page that cannot be read, at every distance to its end. */
static void
every_way_finds_the_first_and_the_longest(void **unused)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)unused;

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map, page, PROT_NONE), 0);
	assert_int_equal(mprotect(map + 2 * page, page, PROT_NONE), 0);
	for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
		if (!needles_use(ways[w]))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct needles *n = build(cases[i].needle);
			size_t len = strlen(cases[i].text);
			for (size_t before = 0; before < 80; before++) {
				char *start = map + 2 * page - len - before;
				size_t which = 99;
				memset(map + page, '.', page);
				memcpy(start + before, cases[i].text, len);
				const char *hit = needles_find(
				    n, start, len + before, &which);
				int at =
				    hit == NULL
					? -1
					: (int)(hit - start - (long)before);
				if (at != cases[i].at)
					fail_msg("%s, case %zu, %zu: %d",
					    ways[w], i, before, at);
				if (hit != NULL)
					assert_int_equal(which, cases[i].which);
				assert_null(
				    needles_find(n, map + page, 0, &which));
			}
			needles_free(n);
		}
	}
	(void)needles_use(NULL);
	assert_int_equal(munmap(map, 3 * page), 0);
}

static uint32_t
next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Few letters, so that much nearly matches. */
static void
fill(char *text, size_t len, uint32_t *state)
{
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + next(state) % 3);
}

static const char *
naive(const struct needle *list, size_t count, const char *text, size_t len,
    size_t *ret)
{
	for (size_t at = 0; at < len; at++) {
		size_t best = 0;
		for (size_t i = 0; i < count; i++)
			if (list[i].len <= len - at && list[i].len > best &&
			    memcmp(text + at, list[i].text, list[i].len) == 0) {
				best = list[i].len;
				*ret = i;
			}
		if (best > 0)
			return text + at;
	}
	return NULL;
}

static void
many_needles_are_found_as_by_hand(void **unused)
{
	enum { COUNT = 300, LEN = 4000 };
	static char pool[COUNT][16];
	static char text[LEN];
	struct needle list[COUNT];
	uint32_t state = 7;
	(void)unused;

	for (int round = 0; round < 40; round++) {
		size_t count = 1 + next(&state) % COUNT;
		size_t shortest = 4 + next(&state) % 6;
		for (size_t i = 0; i < count; i++) {
			list[i].len = shortest + next(&state) % 6;
			list[i].text = pool[i];
			fill(pool[i], list[i].len, &state);
		}
		fill(text, sizeof(text), &state);
		for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
			struct needles *n;
			if (!needles_use(ways[w]))
				continue;
			assert_int_equal(needles_build(list, count, &n), 0);
			for (size_t at = 0; at < LEN;) {
				size_t one = 0;
				size_t other = 0;
				const char *hit =
				    needles_find(n, text + at, LEN - at, &one);
				assert_ptr_equal(
				    hit, naive(list, count, text + at, LEN - at,
					     &other));
				assert_int_equal(one, other);
				at = hit == NULL ? LEN
						 : (size_t)(hit - text) + 1;
			}
			needles_free(n);
		}
	}
	(void)needles_use(NULL);
}

static void
a_list_that_cannot_be_searched_for_is_refused(void **unused)
{
	static char text[NEEDLE_LEN_MAX + 1];
	struct needles *n = NULL;
	struct needle list[2] = { { "a", 1 }, { "", 0 } };
	(void)unused;

	assert_true(needles_build(list, 0, &n) < 0);
	assert_true(needles_build(list, 2, &n) < 0);
	list[1] = (struct needle){ text, sizeof(text) };
	assert_true(needles_build(list, 2, &n) < 0);
	assert_null(n);
	list[1].len--;
	assert_int_equal(needles_build(list, 2, &n), 0);
	assert_int_equal(needles_reach(n), NEEDLE_LEN_MAX);
	needles_free(n);
	needles_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_finds_the_first_and_the_longest),
		cmocka_unit_test(many_needles_are_found_as_by_hand),
		cmocka_unit_test(a_list_that_cannot_be_searched_for_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
