#include "envsubst/dotenv.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* The names, each followed by a space, as one text; the caller frees it. */
static char *
names_of(const char *text, size_t len)
{
	struct dotenv names = { 0 };
	autofree char *copy = malloc(len + 1); /* flush against its end */
	assert_non_null(copy);
	memcpy(copy, text, len);
	char *exact = realloc(copy, len == 0 ? 1 : len);
	copy = exact;
	assert_int_equal(dotenv_parse(copy, len, &names), 0);

	size_t size = 1;
	for (size_t i = 0; i < names.count; i++)
		size += strlen(names.item[i].name) + 1;
	char *all = calloc(1, size);
	assert_non_null(all);
	for (size_t i = 0; i < names.count; i++) {
		strcat(all, names.item[i].name);
		strcat(all, " ");
	}
	dotenv_free(&names);
	return all;
}

static const struct {
	const char *what;
	const char *text;
	const char *names;
} cases[] = {
	{ "nothing", "", "" },
	{ "a line", "A=1", "A " },
	{ "lines", "A=1\nB=2\n", "A B " },
	{ "no value", "A=\nB=", "A B " },
	{ "a value is needed for nothing", "A\nB=1", "B " },
	{ "old line ends", "A=1\r\nB=2\rC=3", "A B C " },
	{ "comments", "# A=1\nB=2 # C=3\n#D\nE=5", "B E " },
	{ "export", "export A=1\n export\tB=2\nexport=3", "A B export " },
	{ "a name may begin with export", "exportA=1", "exportA " },
	{ "blanks around", "  A  =  1  \n\tB\t=2", "A B " },
	{ "a colon needs a blank", "A: 1\nB:2\nC : 3", "A " },
	{ "a colon's blank may be a line's end", "A:\nB=1", "A " },
	{ "odd characters", "a.b-c_D9=1\nA+B=2\n$X=3", "a.b-c_D9 " },
	{ "a sign on the next line", "A\n=1\nB\n\n = 2", "A B " },
	{ "quoted over lines", "A='x\nB=1\n'\nC=2", "A C " },
	{ "double quotes over lines", "A=\"x\nB=1\"\nC=2", "A C " },
	{ "back-quotes over lines", "A=`x\nB=1`\nC=2", "A C " },
	{ "a quote that does not end", "A='x\nB=1", "A B " },
	{ "a quote in the middle", "A=x'y\nB='z'", "A B " },
	{ "text behind the quote", "A='x' y\nB=1", "A B " },
	{ "a comment behind the quote", "A='x' # y\nB=1", "A B " },
	{ "an escaped quote", "A='x\\'\nB=1\n'\nC=2", "A C " },
	{ "an escaped quote that ends it", "A='x\\'\nB=1 y", "A B " },
	{ "a quoted value on the next line", "A=\n'B=1\n'\nC=2", "A C " },
	{ "a sharp in quotes", "A='#'\nB=2", "A B " },
	{ "duplicates", "A=1\nB=2\nA=3", "A B " },
	{ "indexes first", "B=1\n10=2\nA=3\n2=4\n01=5", "2 10 B A 01 " },
	{ "the last index", "A=1\n4294967295=2\n4294967294=3",
	    "4294967294 A 4294967295 " },
	{ "a prototype", "__proto__=1\nconstructor=2", "constructor " },
	{ "blanks of JavaScript", "\ufeffA=1\n\u00a0B\u3000=2", "A B " },
	{ "its line ends", "A\u2028B=1\u2029C=2", "B " },
	{ "bytes that are no text", "\xff\nA=\xff\xfe\nB=2", "A B " },
};

static void
names_are_those_that_dotenv_finds(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *names =
		    names_of(cases[i].text, strlen(cases[i].text));
		if (strcmp(names, cases[i].names) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].what, names,
			    cases[i].names);
	}
}

static void
a_zero_byte_is_a_byte_like_any_other(void **unused)
{
	(void)unused;
	autofree char *names = names_of("A=x\0y\nB\0=1\nC=2", 15);
	assert_string_equal(names, "A C ");
}

static void
a_file_over_the_limit_is_refused(void **unused)
{
	struct dotenv names = { 0 };
	size_t size = DOTENV_FILE_MAX + 1;
	autofree char *text = calloc(1, size);
	(void)unused;

	memset(text, '\n', size);
	assert_int_equal(dotenv_parse(text, size, &names), -E2BIG);
	assert_int_equal(dotenv_parse(text, size - 1, &names), 0);
	assert_int_equal(names.count, 0);
}

static void
too_many_names_are_refused(void **unused)
{
	struct dotenv names = { 0 };
	autofree char *text = malloc(DOTENV_FILE_MAX);
	size_t len = 0;
	(void)unused;

	for (int i = 0; i <= DOTENV_NAMES_MAX; i++)
		len += (size_t)snprintf(
		    text + len, DOTENV_FILE_MAX - len, "N%d=\n", i);
	assert_int_equal(dotenv_parse(text, len, &names), -E2BIG);
	assert_int_equal(names.count, 0);
}

static const struct {
	const char *text;
	const char *value; /* of A */
	const char *note;
} values[] = {
	{ "A=x", "x", NULL },
	{ "A=", "", NULL },
	{ "A=  x y \t", "x y", NULL },
	{ "A='x y '", "x y ", NULL },
	{ "A=\"x\\ny\\r\\t\"", "x\ny\r\\t", NULL },
	{ "A='x\\ny'", "x\\ny", NULL },
	{ "A=\"a\nb\"", "a\nb", NULL },
	{ "A='it''s'", "it''s", NULL },
	{ "A=\"x\\\"y\"", "x\\\"y", NULL },
	{ "A='x", "'x", NULL },
	{ "A=x # optional", "x", "# optional" },
	{ "A='#' # y", "#", "# y" },
	{ "A=x#y", "x", "#y" },
	{ "A=x\n# y", "x", NULL },
	{ "A=#y", "", "#y" },
	{ "A: x", "x", NULL },
	{ "A:\nB=1", "B=1", NULL },
	{ "A=1\nA=2 # y", "2", "# y" },
	{ "A=`x'\"y`", "x'\"y", NULL },
};

static void
values_and_comments_are_those_that_dotenv_finds(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct dotenv file = { 0 };
		const char *text = values[i].text;
		assert_int_equal(dotenv_parse(text, strlen(text), &file), 0);
		const struct dotenv_item *a = dotenv_find(&file, "A");
		assert_non_null(a);
		assert_string_equal(a->data, values[i].value);
		assert_int_equal(a->len, strlen(values[i].value));
		if (values[i].note == NULL)
			assert_null(a->note);
		else
			assert_string_equal(a->note, values[i].note);
		dotenv_free(&file);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_that_dotenv_finds),
		cmocka_unit_test(a_zero_byte_is_a_byte_like_any_other),
		cmocka_unit_test(a_file_over_the_limit_is_refused),
		cmocka_unit_test(too_many_names_are_refused),
		cmocka_unit_test(
		    values_and_comments_are_those_that_dotenv_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
