#include "personality/option.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define WORDS_MAX 10

static const struct option_name names[] = {
	{ "help", 'h' },
	{ "rewrite", 'r' },
	{ "verbose", 'v' },
	{ "version", 'V' },
};

/*
 * What was read, as one text: "v e=3 ? | true -x": letters with their values,
 * then the operands.
 */
static const char *
read_all(struct option_reader *r, char *const words[])
{
	static char text[256];
	char *argv[WORDS_MAX + 2] = { "tool" };
	const char *value;
	int argc = 1, letter;
	size_t n = 0;

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = words[argc - 1];
	option_begin(r, argc, argv);
	while ((letter = option_next(r, &value)) != -1) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%s%s ",
		    letter, value == NULL ? "" : "=",
		    value == NULL ? "" : value);
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "|");
	for (int i = r->at; i < argc; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, " %s", argv[i]);
	assert_null(argv[argc]);
	return text;
}

struct reading {
	char *words[WORDS_MAX];
	const char *want;
};

static void
options_may_stand_anywhere(void **unused)
{
	(void)unused;
	const struct reading cases[] = {
		{ { NULL }, "|" },
		{ { "true", NULL }, "| true" },
		{ { "-v", "true", NULL }, "v | true" },
		{ { "true", "-v", "a", "-e", "3", "b", NULL },
		    "v e=3 | true a b" },
		{ { "a", "b", "--", "-v", "c", NULL }, "| a b -v c" },
		{ { "--", "--", "-v", NULL }, "| -- -v" },
		{ { "a", "-", "-v", NULL }, "v | a -" },
		{ { "", "-v", NULL }, "v | " },
		{ { "-ve3", "-e", "", "x", NULL }, "v e=3 e= | x" },
		{ { "a", "-vve", "-v", "b", NULL }, "v v e=-v | a b" },
		{ { "-vxv", "a", NULL }, "v ? v | a" },
		{ { "a", "-e", NULL }, "? | a" },
		{ { "-:", "-;", NULL }, "? ? |" },
		{ { "--v", NULL }, "? v |" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct option_reader r = { .letters = "ve:" };
		assert_string_equal(
		    read_all(&r, cases[i].words), cases[i].want);
	}
}

static void
or_only_first_when_that_is_asked_for(void **unused)
{
	(void)unused;
	const struct reading cases[] = {
		{ { "-v", "true", "-v", NULL }, "v | true -v" },
		{ { "-e", "a", "-", "-v", NULL }, "e=a | - -v" },
		{ { "true", "--", "-v", NULL }, "| true -- -v" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct option_reader r = { .letters = "ve:",
			.options_first = true };
		assert_string_equal(
		    read_all(&r, cases[i].words), cases[i].want);
	}
	assert_int_equal(setenv("POSIXLY_CORRECT", "", 1), 0);
	struct option_reader r = { .letters = "ve:" };
	assert_string_equal(read_all(&r, cases[0].words), cases[0].want);
	assert_int_equal(unsetenv("POSIXLY_CORRECT"), 0);
}

static void
long_names_may_be_cut_short(void **unused)
{
	(void)unused;
	const struct reading cases[] = {
		{ { "--help", NULL }, "h |" },
		{ { "a", "--rewrite", "1:2", "b", NULL }, "r=1:2 | a b" },
		{ { "--rew=1:2", NULL }, "r=1:2 |" },
		{ { "--rewrite=", "x", NULL }, "r= | x" },
		{ { "--verb", "--vers", NULL }, "v V |" },
		{ { "--ver", "--v=1", NULL }, "? ? |" },
		{ { "--help=1", "--helpx", "--no", NULL }, "? ? ? |" },
		{ { "--rewrite", NULL }, "? |" },
		{ { "-vr1:2", NULL }, "v r=1:2 |" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct option_reader r = { .letters = "hvVr:",
			.names = names,
			.names_count = ARRAY_LEN(names) };
		assert_string_equal(
		    read_all(&r, cases[i].words), cases[i].want);
	}
}

static void
no_command_line_at_all_is_an_end(void **unused)
{
	(void)unused;
	struct option_reader r = { .letters = "v" };
	char *argv[] = { NULL };
	const char *value;

	option_begin(&r, 0, argv);

	assert_int_equal(option_next(&r, &value), -1);
	assert_int_equal(r.at, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(or_only_first_when_that_is_asked_for),
		cmocka_unit_test(long_names_may_be_cut_short),
		cmocka_unit_test(no_command_line_at_all_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
