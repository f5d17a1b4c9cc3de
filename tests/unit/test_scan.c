#include "envsubst/context.h"
#include "envsubst/meta.h"
#include "envsubst/scan.h"
#include "envsubst/sweep.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define W SCAN_WORD

static struct needles *word;
static const struct value_set no_values;
static const struct meta meta = { .values = &no_values };
static struct job job = { .mode = &meta_mode, .values = &meta };

static int
set_up(void **unused)
{
	(void)unused;
	if (meta_needles(&word) < 0)
		return -1;
	job.needles = word;
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	needles_free(word);
	return 0;
}

/* Look in windows that grow by `step` bytes, each one in memory of its own. */
static void
scan_by(const char *text, size_t len, size_t step, struct finding *ret)
{
	struct sweep sweep;
	size_t from = 0;
	size_t to = 0;

	*ret = (struct finding){ 0 };
	assert_int_equal(sweep_new(&job, &sweep), 0);
	do {
		to = len - to < step ? len : to + step;
		autofree char *window = malloc(to - from + 1);
		assert_non_null(window);
		char *flush = window + 1; /* reading past it is noticed */
		memcpy(flush, text + from, to - from);
		struct sweep_window w = { "a.js", flush, to - from, from,
			to == len };
		int64_t done = sweep_window(&sweep, &w, ret);
		assert_true(done >= 0 && (size_t)done <= to - from);
		from += (size_t)done;
	} while (to < len);
	sweep_free(&sweep);
}

static void
scan_text(const char *text, struct finding *ret)
{
	scan_by(text, strlen(text), strlen(text), ret);
}

static void
done_with(struct finding *found)
{
	edit_free(&found->edits);
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
		struct finding s;
		char text[512];
		int len =
		    snprintf(text, sizeof(text), "x = my%s;\n", calls[i].text);
		scan_by(text, (size_t)len, (size_t)len, &s);

		if (s.edits.count != 1 || s.left_over > 0)
			fail_msg("not found: %s", calls[i].text);
		const struct edit *edit = &s.edits.edit[0];
		struct scan_call call;
		assert_int_equal(edit->start, 6);
		assert_int_equal(edit->len, strlen(calls[i].text));
		assert_int_equal(edit->kind, calls[i].form);
		size_t at = (size_t)(strstr(text, W) - text);
		assert_true(scan_call(text, (size_t)len, at, &call));
		assert_int_equal(call.head, calls[i].head);
		assert_int_equal(call.tail, calls[i].tail);
		assert_int_equal(call.slashes, strlen(calls[i].quote) - 1);
		assert_int_equal(call.quote, calls[i].quote[call.slashes]);
		done_with(&s);
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
		struct finding s;
		scan_text(texts[i], &s);
		if (s.edits.count != 0 || s.left_over == 0)
			fail_msg("taken for a call: %s", texts[i]);
		assert_int_equal(s.left_offset, strstr(texts[i], W) - texts[i]);
		done_with(&s);
	}
}

static void
no_part_of_the_word_is_the_word(void **unused)
{
	struct finding s;
	(void)unused;

	scan_text("import_meta_env placeholder import_meta_env_placeholde", &s);
	assert_int_equal(s.edits.count, 0);
	assert_int_equal(s.left_over, 0);
	scan_by("", 0, 1, &s);
	assert_int_equal(s.edits.count, 0);
}

static void
windows_of_any_size_find_the_same(void **unused)
{
	static const size_t steps[] = { 1, 2, 13, 511, 512, 513, 600, 1024,
		4096 };
	static char text[9000];
	struct finding all;
	(void)unused;

	memset(text, '.', sizeof(text));
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		memcpy(text + i * 540, calls[i].text, strlen(calls[i].text));
	memcpy(text + 8700, W, SCAN_WORD_LEN);
	scan_by(text, sizeof(text), sizeof(text), &all);
	assert_int_equal(all.edits.count, ARRAY_LEN(calls));

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct finding s;
		scan_by(text, sizeof(text), steps[i], &s);
		assert_int_equal(s.edits.count, all.edits.count);
		for (size_t k = 0; k < s.edits.count; k++) {
			const struct edit *e = &s.edits.edit[k];
			const struct edit *o = &all.edits.edit[k];
			assert_int_equal(e->start, o->start);
			assert_int_equal(e->len, o->len);
			assert_int_equal(e->kind, o->kind);
		}
		assert_int_equal(s.left_offset, 8700);
		done_with(&s);
	}
	done_with(&all);
}

static void
calls_next_to_each_other_are_two(void **unused)
{
	struct finding s;
	(void)unused;

	scan_text("JSON.parse('\"" W "\"')JSON.parse('\"" W "\"')", &s);
	assert_int_equal(s.edits.count, 2);
	assert_int_equal(
	    s.edits.edit[1].start, s.edits.edit[0].start + s.edits.edit[0].len);
	done_with(&s);
}

static void
a_call_reaches_no_further_than_it_may(void **unused)
{
	char text[3 * SCAN_REACH];
	struct finding s;
	(void)unused;

	(void)snprintf(text, sizeof(text), "JSON.parse(%*s'\"" W "\"')",
	    SCAN_REACH - 13, "");
	scan_text(text, &s);
	assert_int_equal(s.edits.count, 1);
	done_with(&s);

	(void)snprintf(text, sizeof(text), "JSON.parse(%*s'\"" W "\"')",
	    SCAN_REACH - 12, "");
	scan_text(text, &s);
	assert_int_equal(s.edits.count, 0);
	assert_int_equal(s.left_over, 1);
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
		cmocka_unit_test(the_context_is_that_of_the_code_before),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
