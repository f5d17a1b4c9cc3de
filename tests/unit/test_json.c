#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/json.h"
#include "core/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct arena arena;

static int
open_arena(void **unused)
{
	(void)unused;
	return arena_open(&arena);
}

static int
close_arena(void **unused)
{
	(void)unused;
	arena_close(&arena);
	return 0;
}

/* The text flush against a page that must not be touched. */
static int
read_flush(
    const char *text, size_t len, struct json **ret, struct json_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (len / page + 1) * page;
	char *map = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map + size, page, PROT_NONE), 0);
	if (len > 0)
		memcpy(map + size - len, text, len);
	int r = json_read(map + size - len, len, &arena, ret, error);
	assert_int_equal(munmap(map, size + page), 0);
	return r;
}

static struct json *
read_ok(const char *text)
{
	struct json *top = NULL;
	struct json_error error = { .text = "" };
	if (read_flush(text, strlen(text), &top, &error) != 0)
		fail_msg("%s: %u:%u: %s", text, error.at.line, error.at.column,
		    error.text);
	return top;
}

static void
comments_and_last_commas_are_allowed(void **unused)
{
	(void)unused;

	struct json *top = read_ok("// head\n{ /* a */ \"a\" : [1, 2 ,], // x\n"
				   "\"b\": { \"c\": true, }, } /* end */ // z");

	assert_int_equal(top->count, 2);
	assert_int_equal(json_member(top, "a")->count, 2);
	assert_true(json_member(json_member(top, "b"), "c")->truth);
	assert_null(json_member(top, "c"));
}

static void
every_value_knows_its_line_and_its_column_in_characters(void **unused)
{
	(void)unused;

	struct json *top = read_ok("{\n\t\"\xc3\xa4\xf0\x9f\x98\x80\": \"x\","
				   " \"b\": [null]\r\n}");
	const struct json *first = top->first;

	assert_int_equal(first->name_at.line, 2);
	assert_int_equal(first->name_at.column, 2);
	assert_int_equal(first->at.column, 8);
	assert_int_equal(first->next->name_at.column, 13);
	assert_int_equal(first->next->first->at.column, 19);
}

static void
escapes_are_decoded(void **unused)
{
	(void)unused;

	struct json *top =
	    read_ok("\"\\\"\\\\\\/"
		    "\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20AC\\ud83d\\uDE00\"");

	assert_string_equal(
	    top->text, "\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_int_equal(top->len, strlen(top->text));
}

static void
numbers_keep_their_text(void **unused)
{
	static const struct {
		const char *text;
		bool whole;
		int64_t value;
	} cases[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "143", true, 143 },
		{ "-12", true, -12 },
		{ "999999999999999999", true, INT64_C(999999999999999999) },
		{ "1.5", false, 0 },
		{ "1e3", false, 0 },
		{ "1E+3", false, 0 },
		{ "10000000000000000000", false, 0 },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *top = read_ok(cases[i].text);
		int64_t value = 0;
		assert_string_equal(top->text, cases[i].text);
		assert_int_equal(json_integer(top, &value), cases[i].whole);
		assert_int_equal(value, cases[i].value);
	}
}

static void
a_byte_order_mark_is_not_a_character(void **unused)
{
	(void)unused;

	assert_int_equal(read_ok("\xef\xbb\xbf{}")->at.column, 1);
}

static void
what_is_wrong_is_refused_with_its_place(void **unused)
{
	static const struct {
		const char *text;
		unsigned line;
		unsigned column;
		const char *phrase;
	} cases[] = {
		{ "", 1, 1, "the file ends too early" },
		{ " \n ", 2, 2, "the file ends too early" },
		{ "{", 1, 1, "the bracket is never closed" },
		{ "{\"a\":1", 1, 1, "the bracket is never closed" },
		{ "[1,\n[2,\n", 2, 1, "the bracket is never closed" },
		{ "{\"a\":", 1, 6, "the file ends too early" },
		{ "{} {}", 1, 4, "unexpected text after the end" },
		{ "{,}", 1, 2, "expected a key in double quotes, or \"}\"" },
		{ "[,]", 1, 2, "expected a value" },
		{ "[1,,]", 1, 4, "expected a value" },
		{ "[1 2]", 1, 4, "expected \",\" or \"]\"" },
		{ "{\"a\":1 \"b\":2}", 1, 8, "expected \",\" or \"}\"" },
		{ "{\"a\" 1}", 1, 6, "expected \":\" after the key" },
		{ "{a: 1}", 1, 2, "expected a key in double quotes, or \"}\"" },
		{ "['a']", 1, 2, "strings take double quotes" },
		{ "[nul]", 1, 2, "expected a value" },
		{ "[truex]", 1, 6, "expected \",\" or \"]\"" },
		{ "[01]", 1, 2, "is not a number as JSON writes it" },
		{ "[-]", 1, 2, "is not a number as JSON writes it" },
		{ "[1.]", 1, 2, "is not a number as JSON writes it" },
		{ "[1e]", 1, 2, "is not a number as JSON writes it" },
		{ "[.5]", 1, 2, "expected a value" },
		{ "{\"a\":1,\n \"a\":2}", 2, 2,
		    "the key \"a\" is there twice" },
		{ "{\"a\":1,\"\\u0061\":2}", 1, 8,
		    "the key \"a\" is there twice" },
		{ "\"abc", 1, 1, "the string is never closed" },
		{ "\"abc\\", 1, 5, "the string is never closed" },
		{ "\"ab\nc\"", 1, 4, "the string is not closed on its line" },
		{ "\"a\tb\"", 1, 3,
		    "a control character must be written as \\u00XX" },
		{ "\"\\x\"", 1, 2, "is not an escape that JSON knows" },
		{ "\"\\u12\"", 1, 2, "\\u takes four hexadecimal digits" },
		{ "\"\\u\x10\x11\x12\x13\"", 1, 2,
		    "\\u takes four hexadecimal digits" },
		{ "\"\\u0000\"", 1, 2, "a string cannot hold U+0000" },
		{ "\"\\ud83d\"", 1, 2,
		    "the escape is half of a surrogate pair" },
		{ "\"\\ud83d\\u0041\"", 1, 2,
		    "the escape is half of a surrogate pair" },
		{ "\"\\ude00\\ud83d\"", 1, 2,
		    "the escape is half of a surrogate pair" },
		{ "\"\xc3\"", 1, 2, "is not UTF-8" },
		{ "\"\xed\xa0\x80\"", 1, 2, "is not UTF-8" },
		{ "// \xff\n1", 1, 4, "is not UTF-8" },
		{ "1 /* x", 1, 3, "the comment is never closed" },
		{ "1 /", 1, 3, "unexpected text after the end" },
		{ "# no", 1, 1, "expected a value" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json *top = NULL;
		struct json_error error = { .text = "" };
		int r = read_flush(
		    cases[i].text, strlen(cases[i].text), &top, &error);
		if (r != -1 || error.at.line != cases[i].line ||
		    error.at.column != cases[i].column ||
		    strcmp(error.text, cases[i].phrase) != 0)
			fail_msg("%s: got %d, %u:%u: %s", cases[i].text, r,
			    error.at.line, error.at.column, error.text);
		assert_null(top);
	}
}

static void
a_nul_byte_is_refused_anywhere(void **unused)
{
	static const char *const texts[] = { "{\0}", "\"a\0b\"", "1\0" };
	static const size_t sizes[] = { 3, 5, 2 };
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct json *top;
		struct json_error error;
		assert_int_equal(
		    read_flush(texts[i], sizes[i], &top, &error), -1);
	}
}

static void
depth_members_and_size_have_their_limits(void **unused)
{
	struct json *top;
	struct json_error error;
	char deep[2 * JSON_DEPTH_MAX + 3];
	(void)unused;

	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(
	    json_read(deep, sizeof(deep) - 3, &arena, &top, &error), 0);
	memset(deep, '[', sizeof(deep));
	assert_int_equal(
	    json_read(deep, sizeof(deep), &arena, &top, &error), -1);
	assert_string_equal(error.text, "nested too deeply");

	char *big = malloc(JSON_SIZE_MAX + 1);
	memset(big, ' ', JSON_SIZE_MAX + 1);
	big[0] = '1';
	assert_int_equal(
	    json_read(big, JSON_SIZE_MAX, &arena, &top, &error), 0);
	assert_int_equal(
	    json_read(big, JSON_SIZE_MAX + 1, &arena, &top, &error), -1);
	assert_string_equal(error.text, "is larger than 1 MiB");

	for (size_t i = 0; i < JSON_SIZE_MAX; i += 2)
		memcpy(big + i, "1,", 2);
	big[0] = '[';
	assert_int_equal(
	    json_read(big, JSON_SIZE_MAX, &arena, &top, &error), -1);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_last_commas_are_allowed),
		cmocka_unit_test(
		    every_value_knows_its_line_and_its_column_in_characters),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(numbers_keep_their_text),
		cmocka_unit_test(a_byte_order_mark_is_not_a_character),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(a_nul_byte_is_refused_anywhere),
		cmocka_unit_test(depth_members_and_size_have_their_limits),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
