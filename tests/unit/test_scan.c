#include "envsubst/context.h"
#include "envsubst/needle.h"
#include "envsubst/scan.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define W SCAN_WORD

/* Scan in windows that grow by `step` bytes, each one in memory of its own. */
static void
scan_by(const char *text, size_t len, size_t step, struct scan *ret)
{
	size_t from = 0;
	size_t to = 0;

	*ret = (struct scan){ 0 };
	do {
		to = len - to < step ? len : to + step;
		autofree char *window = malloc(to - from + 1);
		assert_non_null(window);
		char *flush = window + 1; /* reading past it is noticed */
		memcpy(flush, text + from, to - from);
		int64_t done =
		    scan_window(ret, flush, to - from, from, to == len);
		assert_true(done >= 0 && (size_t)done <= to - from);
		from += (size_t)done;
	} while (to < len);
}

static void
scan_text(const char *text, struct scan *ret)
{
	scan_by(text, strlen(text), strlen(text), ret);
}

static const struct {
	const char *text;
	enum scan_form form;
	const char *quote;
	unsigned head;
	unsigned tail;
} calls[] = {
	{ "JSON.parse('\"" W "\"')", SCAN_L0, "'", 11, 1 },
	{ "JSON.parse('\\\"" W "\\\"')", SCAN_L1, "'", 11, 1 },
	{ "JSON.parse(\\'\\\\\"" W "\\\\\"\\')", SCAN_L2, "\\'", 11, 1 },
	{ "JSON.parse(\\'\"" W "\"\\')", SCAN_OTHER, "\\'", 11, 1 },
	{ "JSON.parse(`\"" W "\"`)", SCAN_OTHER, "`", 11, 1 },
	{ "JSON.parse(\\`\\\"" W "\\\"\\`)", SCAN_OTHER, "\\`", 11, 1 },
	{ "JSON.parse(\"\\\"" W "\\\"\")", SCAN_OTHER, "\"", 11, 1 },
	{ "JSON.parse(\\\"\\\\\\\"" W "\\\\\\\"\\\")", SCAN_OTHER, "\\\"", 11,
	    1 },
	{ "JSON.parse('\\\\\\\"" W "\\\\\\\"')", SCAN_OTHER, "'", 11, 1 },
	{ "JSON.parse( '\"" W "\"' )", SCAN_OTHER, "'", 12, 2 },
	{ "JSON.parse (\n\t'\"" W "\"',\r\n)", SCAN_OTHER, "'", 14, 4 },
	{ "JSON.parse(\\n\\t'\\\"" W "\\\"'\\n)", SCAN_OTHER, "'", 15, 3 },
	{ "JSON.parse(\\\\n\\'\"" W "\"\\')", SCAN_OTHER, "\\'", 14, 1 },
	{ "JSONxparse('\"" W "\"')", SCAN_L0, "'", 11, 1 },
	{ "JSON\u20acparse('\"" W "\"')", SCAN_L0, "'", 13, 1 },
	{ "JSON\xffparse('\"" W "\"')", SCAN_L0, "'", 11, 1 },
};

static void
every_form_of_the_call_is_recognised(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct scan s;
		char text[512];
		int len =
		    snprintf(text, sizeof(text), "x = my%s;\n", calls[i].text);
		scan_by(text, (size_t)len, (size_t)len, &s);

		if (s.count != 1 || s.left_over)
			fail_msg("not found: %s", calls[i].text);
		const struct scan_spot *spot = &s.spot[0];
		assert_int_equal(spot->start, 6);
		assert_int_equal(spot->len, strlen(calls[i].text));
		assert_int_equal(spot->form, calls[i].form);
		assert_int_equal(spot->head, calls[i].head);
		assert_int_equal(spot->tail, calls[i].tail);
		assert_int_equal(spot->slashes, strlen(calls[i].quote) - 1);
		assert_int_equal(spot->quote, calls[i].quote[spot->slashes]);
		scan_free(&s);
	}
}

static void
a_word_in_no_call_is_left_over(void **unused)
{
	static const char *const texts[] = {
		W,
		"\"" W "\"",
		"JSON.parse(\"" W "\")",
		"JSON.parse('" W "')",
		"JSON.parse('\"" W "\"'",
		"JSON.parse('\"" W "\")",
		"JSON.parse('\\\"" W "\"')",
		"JSON.parse('\"" W "\\\"')",
		"JSON.parse(\\'\"" W "\"')",
		"JSON.parse('\"" W "\"`)",
		"JSON.parse('\"" W "x\"')",
		"JSON.parse(\"\"" W "\"\")",
		"JSON.stringify('\"" W "\"')",
		"JSON\nparse('\"" W "\"')",
		"JSON\u2028parse('\"" W "\"')",
		"JSON\U0001f600parse('\"" W "\"')",
		"JSONxparse(`\"" W "\"`)",
		"JSON.parse(&#39;&quot;" W "&quot;&#39;)",
		"JSON.parse('\\x22" W "\\x22')",
		"parse('\"" W "\"')",
		"'\"" W "\"')",
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct scan s;
		scan_text(texts[i], &s);
		if (s.count != 0 || !s.left_over)
			fail_msg("taken for a call: %s", texts[i]);
		assert_int_equal(s.left_offset, strstr(texts[i], W) - texts[i]);
		scan_free(&s);
	}
}

static void
no_part_of_the_word_is_the_word(void **unused)
{
	struct scan s;
	(void)unused;

	scan_text("import_meta_env placeholder import_meta_env_placeholde", &s);
	assert_int_equal(s.count, 0);
	assert_false(s.left_over);
	scan_by("", 0, 1, &s);
	assert_int_equal(s.count, 0);
}

static void
windows_of_any_size_find_the_same(void **unused)
{
	static const size_t steps[] = { 1, 2, 13, 511, 512, 513, 600, 1024,
		4096 };
	static char text[9000];
	struct scan all;
	(void)unused;

	memset(text, '.', sizeof(text));
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		memcpy(text + i * 540, calls[i].text, strlen(calls[i].text));
	memcpy(text + 8700, W, SCAN_WORD_LEN);
	scan_by(text, sizeof(text), sizeof(text), &all);
	assert_int_equal(all.count, ARRAY_LEN(calls));

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct scan s;
		scan_by(text, sizeof(text), steps[i], &s);
		assert_int_equal(s.count, all.count);
		for (size_t k = 0; k < s.count; k++) {
			assert_int_equal(s.spot[k].start, all.spot[k].start);
			assert_int_equal(s.spot[k].len, all.spot[k].len);
			assert_int_equal(s.spot[k].form, all.spot[k].form);
		}
		assert_int_equal(s.left_offset, 8700);
		scan_free(&s);
	}
	scan_free(&all);
}

static void
calls_next_to_each_other_are_two(void **unused)
{
	struct scan s;
	(void)unused;

	scan_text("JSON.parse('\"" W "\"')JSON.parse('\"" W "\"')", &s);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.spot[1].start, s.spot[0].start + s.spot[0].len);
	scan_free(&s);
}

static void
a_call_reaches_no_further_than_it_may(void **unused)
{
	char text[3 * SCAN_REACH];
	struct scan s;
	(void)unused;

	(void)snprintf(text, sizeof(text), "JSON.parse(%*s'\"" W "\"')",
	    SCAN_REACH - 13, "");
	scan_text(text, &s);
	assert_int_equal(s.count, 1);
	scan_free(&s);

	(void)snprintf(text, sizeof(text), "JSON.parse(%*s'\"" W "\"')",
	    SCAN_REACH - 12, "");
	scan_text(text, &s);
	assert_int_equal(s.count, 0);
	assert_true(s.left_over);
}

static void
the_search_reads_nothing_outside(void **unused)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)unused;

	assert_ptr_not_equal(map, MAP_FAILED);
	memset(map, 'r', 3 * page);
	assert_int_equal(mprotect(map, page, PROT_NONE), 0);
	assert_int_equal(mprotect(map + 2 * page, page, PROT_NONE), 0);
	char *lo = map + page;
	char *hi = map + 2 * page;
	for (size_t len = 0; len < 3 * SCAN_WORD_LEN; len++) {
		assert_null(needle_find(hi - len, len));
		assert_null(needle_find(lo, len));
	}
	memcpy(hi - SCAN_WORD_LEN, W, SCAN_WORD_LEN);
	assert_ptr_equal(needle_find(lo, page), hi - SCAN_WORD_LEN);
	struct scan s = { 0 };
	assert_int_equal(scan_window(&s, lo, page, 0, true), (int64_t)page);
	assert_true(s.left_over);
	assert_int_equal(munmap(map, 3 * page), 0);
}

/* What stands before the placeholder, and what that makes of it. */
static void
the_context_is_that_of_the_code_before(void **unused)
{
	static const struct {
		const char *before;
		enum scan_form form;
		enum context_kind kind;
	} cases[] = {
		{ "", SCAN_L0, CONTEXT_CODE },
		{ "a=", SCAN_L0, CONTEXT_CODE },
		{ "a='", SCAN_L0, CONTEXT_UNSURE },
		{ "a=`", SCAN_L0, CONTEXT_TEMPLATE },
		{ "a=`x`;b=", SCAN_L0, CONTEXT_CODE },
		{ "a=`${", SCAN_L0, CONTEXT_CODE },
		{ "a=`${`", SCAN_L0, CONTEXT_TEMPLATE },
		{ "a=`${{}}`;", SCAN_L0, CONTEXT_CODE },
		{ "a=`\\``;", SCAN_L0, CONTEXT_CODE },
		{ "a=/`/;", SCAN_L0, CONTEXT_CODE },
		{ "a=/[/`]/;", SCAN_L0, CONTEXT_CODE },
		{ "a=b/`x", SCAN_L0, CONTEXT_TEMPLATE },
		{ "if(a)/`/.test(b);", SCAN_L0, CONTEXT_CODE },
		{ "(a)/`", SCAN_L0, CONTEXT_TEMPLATE },
		{ "a++/2+`", SCAN_L0, CONTEXT_TEMPLATE },
		{ "return/`/;", SCAN_L0, CONTEXT_CODE },
		{ "a.return/2+`", SCAN_L0, CONTEXT_TEMPLATE },
		{ "// it's\n", SCAN_L0, CONTEXT_CODE },
		{ "/* ` */", SCAN_L0, CONTEXT_CODE },
		{ "/* ", SCAN_L0, CONTEXT_UNSURE },
		{ "a='\n", SCAN_L0, CONTEXT_UNSURE },
		{ "<p>it's</p><script>", SCAN_L0, CONTEXT_CODE },
		{ "<p>it's</p>", SCAN_L0, CONTEXT_UNSURE },
		{ "<script></script>`", SCAN_L0, CONTEXT_UNSURE },
		{ "<script>`", SCAN_L0, CONTEXT_TEMPLATE },
		{ "eval(\"a=", SCAN_L1, CONTEXT_DOUBLE },
		{ "eval(\"a=\\\"x\\\";", SCAN_L1, CONTEXT_DOUBLE },
		{ "eval(\"a=`", SCAN_L1, CONTEXT_DOUBLE_TEMPLATE },
		{ "h=\"<p>it's<script>", SCAN_L1, CONTEXT_DOUBLE },
		{ "h=\"x<script>", SCAN_L1, CONTEXT_UNSURE },
		{ "a=", SCAN_L1, CONTEXT_CODE },
		{ "a=`", SCAN_L1, CONTEXT_TEMPLATE },
		{ "a='", SCAN_L1, CONTEXT_UNSURE },
		{ "a='", SCAN_L2, CONTEXT_SINGLE },
		{ "a='b=\"", SCAN_L2, CONTEXT_SINGLE_DOUBLE },
		{ "a=\"", SCAN_L2, CONTEXT_UNSURE },
		{ "a=\"\\", SCAN_L1, CONTEXT_UNSURE },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = cases[i].before;
		struct context found =
		    context_at(text, strlen(text), cases[i].form);
		if (found.kind != cases[i].kind)
			fail_msg("%s: %d", text, found.kind);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_the_call_is_recognised),
		cmocka_unit_test(a_word_in_no_call_is_left_over),
		cmocka_unit_test(no_part_of_the_word_is_the_word),
		cmocka_unit_test(windows_of_any_size_find_the_same),
		cmocka_unit_test(calls_next_to_each_other_are_two),
		cmocka_unit_test(a_call_reaches_no_further_than_it_may),
		cmocka_unit_test(the_search_reads_nothing_outside),
		cmocka_unit_test(the_context_is_that_of_the_code_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
