#include "envsubst/expr.h"
#include "envsubst/fillin.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define BASH "/bin/bash"
#define FAILED "(failed)"

static const struct scope_var known[] = {
	{ "A", "abab", 4 },
	{ "AMP", "x&y", 3 },
	{ "B", "b", 1 },
	{ "BS", "\\", 1 },
	{ "E", "", 0 },
	{ "LONG", "the quick brown fox", 19 },
	{ "N", "2", 1 },
	{ "PATH_", "/usr/local/lib/x.tar.gz", 23 },
	{ "Q", "it's \"q\" `b` $A \\n", 18 },
	{ "RAW",
	    "a\xff\xc3\xa9\xfe"
	    "b\xc3",
	    7 },
	{ "STAR", "*b", 2 },
	{ "U", NULL, 0 },
	{ "UTF", "\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80z", 15 },
	{ "V", NULL, 0 },
};

static const struct scope scope = { known, ARRAY_LEN(known), NULL, 0, false };

/* The text with its expressions filled in, or FAILED; the caller frees it. */
static char *
filled_by(struct fillin_job *job, enum quote quote, const char *text)
{
	size_t len = strlen(text);
	struct text out = TEXT_MAX(FILLIN_MAX);
	struct expr e;
	enum fillin done = FILLIN_DONE;

	for (size_t at = 0; at < len;) {
		/* flush against the end, for the sanitizers */
		autofree char *rest = malloc(len - at);
		assert_non_null(rest);
		memcpy(rest, text + at, len - at);
		if (!expr_read(job->scope, rest, len - at, &e)) {
			text_add(&out, text + at++, 1);
			continue;
		}
		done = fillin_write(job, &e, quote, &out);
		if (done != FILLIN_DONE && done != FILLIN_KEPT)
			break;
		if (done == FILLIN_KEPT)
			text_add(&out, rest, e.len);
		at += e.len;
	}
	scope_forget(&job->locals);
	text_add(&out, "", 1);
	assert_false(out.failed);
	if (done == FILLIN_DONE || done == FILLIN_KEPT)
		return out.data;
	text_free(&out);
	return strdup(FAILED);
}

static char *
filled(const char *text)
{
	struct fillin_job job = { .scope = &scope };
	char *out = filled_by(&job, QUOTE_RAW, text);
	text_free(&job.message);
	return out;
}

static const struct {
	const char *text;
	const char *value;
} cases[] = {
	/* the table of the family, as bash has it */
	{ "$A", "abab" },
	{ "${A}", "abab" },
	{ "${U:-d}", "d" },
	{ "${U-d}", "d" },
	{ "${E-d}", "" },
	{ "${U:=d}$U", "dd" },
	{ "${E:+o}", "" },
	{ "${E+o}", "o" },
	{ "${A:+o}", "o" },
	{ "${U:?m}", FAILED },
	{ "${E?m}", "" },
	{ "${#A}", "4" },
	{ "${A%b}", "aba" },
	{ "${A##*b}", "" },
	{ "${A/b/X}", "aXab" },
	{ "${A^^}", "ABAB" },
	{ "${A:1:2}", "ba" },
	{ "${U:-${A}}", "abab" },
	{ "${U:-x${A}y}", "xababy" },
	/* what is no expression stays, byte for byte */
	{ "$$A", "$abab" },
	{ "$1", "$1" },
	{ "${a.b}", "${a.b}" },
	{ "${", "${" },
	{ "${A", "${A" },
	{ "${A.b}", "${A.b}" },
	{ "${A[0]}", "${A[0]}" },
	{ "${!A}", "${!A}" },
	{ "${A b}", "${A b}" },
	{ "${ A}", "${ A}" },
	{ "${A:}", "${A:}" },
	{ "${#A:-x}", "${#A:-x}" },
	{ "${A@nofilter}", "${A@nofilter}" },
	{ "${A@Q}", "${A@Q}" },
	{ "${A | json}", "${A | json}" },
	{ "${U:-${A}", "${U:-abab" },
	{ "${U:-\"x}", "${U:-\"x}" },
	{ "${A#'x}", "${A#'x}" },
	{ "\\$A", "\\abab" },
	/* names that are not ours */
	{ "`${x}` $scope ${x:-$A}", "`${x}` $scope ${x:-abab}" },
	{ "${U:-${x}$y${x:-\"$A}\"}}", "${x}$y${x:-\"abab}\"}" },
	{ "$AB ${AB}", "$AB ${AB}" },
	{ "${A ? `${B}` : 1}", "${A ? `b` : 1}" },
	/* values are data */
	{ "${A/b/$AMP}", "ax&yab" },
	{ "${A/b/[&]}", "a[b]ab" },
	{ "${A/b/[\\&]}", "a[&]ab" },
	{ "${A//b/$BS}", "a\\a\\" },
	{ "$Q", "it's \"q\" `b` $A \\n" },
	/* words */
	{ "${U:-it's}", "it's" },
	{ "${U:-{x}}", "{x}" },
	{ "${U:-a\\}b\\\\c\\q}", "a}b\\c\\q" },
	{ "${U:-\"a}b\"}", "a}b" },
	{ "${U:-$(date) `date`}", "$(date) `date`" },
	/* filters come first, and are not for what they hold alone */
	{ "${Q@json}", "it's \\\"q\\\" `b` $A \\\\n" },
	{ "${U@json:-a\\\"b}", "a\\\"b" },
	{ "${U@url:-a b/${A}}", "a%20b%2Fabab" },
	{ "${U:-a b/${AMP@url}}", "a b/x%26y" },
	{ "${U@literal:-x}", "\"x\"" },
	{ "${A@raw/b/\"}", "${A@raw/b/\"}" },
	/* characters, not bytes */
	{ "${#UTF}", "8" },
	{ "${UTF:0:1}${UTF: -2:1}", "\xc3\xa9\xf0\x9f\x98\x80" },
	{ "${UTF^^}", "\xc3\x89T\xc3\x89 \xe2\x82\xac \xf0\x9f\x98\x80Z" },
	{ "${UTF//?/.}", "........" },
	/* a byte that is none is one by itself, and never half of another */
	{ "${#RAW}${RAW:1:1}${RAW#a?}", "6\xff\xc3\xa9\xfe"
					"b\xc3" },
	{ "${RAW//[\xc3\xa9t]/x}", "a\xffx\xfe"
				   "b\xc3" },
	/* integers */
	{ "${A: -1}${A:(-1)}${A:0x1}${A:$N}", "bbbabab" },
	{ "${A:N}|${A:N-1:1*2}|${A:(N+U)/2}", "ab|ba|bab" },
	{ "${A:N/0}", FAILED },
	{ "${A:(N}", FAILED },
	{ "${A:3:-3}", FAILED },
	{ "${A:x}", FAILED },
};

static void
expressions_mean_what_they_mean_to_bash(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *value = filled(cases[i].text);
		if (strcmp(value, cases[i].value) != 0)
			print_message("%s\n", cases[i].text);
		assert_string_equal(value, cases[i].value);
	}
}

/* ---- beside bash -------------------------------------------------------- */

static uint32_t seed = 20;

static uint32_t
roll(uint32_t bound)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % bound;
}

static const char *
one_of(const char *const *list, size_t count)
{
	return list[roll((uint32_t)count)];
}

#define DEPTH 3
#define ONE_OF(list) one_of(list, ARRAY_LEN(list))

static void make_expression(struct text *t, unsigned depth);

static void
make_word(struct text *t, unsigned depth, bool pattern)
{
	static const char *const plain[] = { "a", "b", "x", " ", "\\\\", "\\}",
		"\\$", "\\\"", "\\q", "\"b\"", "\"a}\"", "{", "*", "?", "&",
		"/", ":", "#", "%", "\xc3\xa9" };
	static const char *const globs[] = { "a", "b", "*", "?", "[ab]", "[!a]",
		"[^b]", "[a-c]", "[[:alpha:]]", "[", "]", "\\*b", "\\?", "\\[",
		"\"*\"b", "'?'", "'a'", "t", " ", ".", "\xc3\xa9",
		"[\xc3\xa9t]", "[]a]", "[a-]" };
	for (uint32_t n = roll(4); n > 0; n--) {
		if (depth < DEPTH && roll(5) == 0)
			make_expression(t, depth + 1);
		else
			text_str(t, pattern ? ONE_OF(globs) : ONE_OF(plain));
	}
}

static void
make_slice(struct text *t)
{
	/* never nothing at all: ${A:} is no expression */
	static const char *const from[] = { "0", "1", " -1", " -3", "(-2)", "9",
		" 2 ", "$N", "${#B}", "0x2", "010" };
	static const char *const len[] = { "", ":1", ":", ":-1", ":2", ":99",
		": -2", ":$N", ":-9" };
	text_str(t, ":");
	text_str(t, ONE_OF(from));
	text_str(t, ONE_OF(len));
}

static void
make_operator(struct text *t, unsigned depth)
{
	static const char *const words[] = { ":-", "-", ":=", "=", ":+", "+",
		":?", "?" };
	static const char *const globs[] = { "#", "##", "%", "%%", "^", "^^",
		",", ",," };
	static const char *const swaps[] = { "/", "//", "/#", "/%" };

	switch (roll(5)) {
	case 0:
		make_slice(t);
		return;
	case 1:
		text_str(t, ONE_OF(words));
		make_word(t, depth, false);
		return;
	case 2:
	case 3:
		text_str(t, ONE_OF(globs));
		make_word(t, depth, true);
		return;
	default:
		text_str(t, ONE_OF(swaps));
		make_word(t, depth, true);
		text_str(t, "/");
		make_word(t, 3, false);
	}
}

static void
make_expression(struct text *t, unsigned depth)
{
	static const char *const names[] = { "A", "B", "E", "LONG", "N",
		"PATH_", "STAR", "U", "UTF", "V" };
	const char *name = ONE_OF(names);

	text_str(t, "${");
	if (roll(12) == 0) {
		text_str(t, "#");
		text_str(t, name);
	} else {
		text_str(t, name);
		if (roll(8) > 0)
			make_operator(t, depth);
	}
	text_str(t, "}");
}

#define TRIES 500

/*
 * One script for all: a here-document each, its value and a NUL on standard
 * output.  \001 is a separator that none of the texts has.
 */
static FILE *
start_bash(char *const texts[TRIES], const char *path)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (known[i].data == NULL)
			continue;
		(void)fprintf(f, "%s=$'", known[i].name);
		for (size_t k = 0; k < known[i].len; k++)
			(void)fprintf(
			    f, "\\x%02x", (unsigned char)known[i].data[k]);
		(void)fputs("'\n", f);
	}
	for (size_t i = 0; i < TRIES; i++)
		(void)fprintf(f,
		    "(IFS= read -r -d '' got <<END\n%s\nEND\n"
		    "printf '%%s\\0' \"$got\") 2>/dev/null || "
		    "printf '" FAILED "\\n\\0'\n",
		    texts[i]);
	assert_int_equal(fclose(f), 0);
	char command[256];
	(void)snprintf(command, sizeof(command),
	    "LC_ALL=C.UTF-8 " BASH " --norc %s", path);
	return popen(command, "r");
}

/*
 * Where bash's answer is not the one that is wanted: it splits what is between
 * single quotes elsewhere in here-documents, takes an ampersand in a value for
 * the match, and calculates.
 */
static void
random_expressions_mean_what_they_mean_to_bash(void **unused)
{
	(void)unused;
	char *texts[TRIES];
	char path[] = "/tmp/test_expr.XXXXXX";
	char *line = NULL;
	size_t room = 0;

	if (access(BASH, X_OK) == -1)
		skip();
	int fd = mkstemp(path);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	for (size_t i = 0; i < TRIES; i++) {
		struct text t = TEXT_MAX(4096);
		make_expression(&t, 0);
		if (roll(3) == 0)
			make_expression(&t, 0);
		text_add(&t, "", 1);
		texts[i] = t.data;
	}
	FILE *bash = start_bash(texts, path);
	assert_non_null(bash);
	unsigned wrong = 0;
	for (size_t i = 0; i < TRIES; i++) {
		assert_true(getdelim(&line, &room, '\0', bash) > 0);
		line[strlen(line) - 1] = '\0'; /* the document's newline */
		autofree char *ours = filled(texts[i]);
		if (strcmp(ours, line) != 0) {
			print_message(
			    "%s\n  ours %s\n  bash %s\n", texts[i], ours, line);
			wrong++;
		}
		free(texts[i]);
	}
	free(line);
	(void)pclose(bash);
	(void)unlink(path);
	assert_int_equal(wrong, 0);
}

/* ---- bounds ------------------------------------------------------------- */

#define LONG_VALUE ((size_t)64 * 1024)

static double
seconds(void)
{
	struct timespec t;
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *
repeated(const char *piece, size_t size)
{
	size_t n = strlen(piece);
	char *text = malloc(size + 1);
	assert_non_null(text);
	for (size_t i = 0; i < size; i++)
		text[i] = piece[i % n];
	text[size] = '\0';
	return text;
}

/*
 * Each is read in a few ms where time grows with the size, and in minutes
 * where it grows with the square.
 */
static void
time_grows_with_the_size_alone(void **unused)
{
	(void)unused;
	static const char *const pieces[] = { "${A:-", "${A:-${B}", "${A#\"",
		"$A", "${", "${x:-", "${A:-${x:-", "\"${A\"", "${A/'" };
	struct expr e;

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		size_t size = (size_t)128 * 1024;
		autofree char *text = repeated(pieces[i], size);
		double begin = seconds();
		for (size_t at = 0; at < size; at++)
			(void)expr_read(&scope, text + at, size - at, &e);
		assert_true(seconds() - begin < 5);
	}
}

static void
a_pattern_takes_time_in_proportion_to_the_value(void **unused)
{
	(void)unused;
	static const char *const texts[] = { "${A//a*b*c*d*x/y}",
		"${A%%*a*b*c*d*x}", "${A//*a*x/y}", "${A//a*/y}",
		"${A//?b/y}" };
	autofree char *value = repeated("aaaabbcd", LONG_VALUE);
	struct scope_var var = { "A", value, LONG_VALUE };
	struct scope long_one = { &var, 1, NULL, 0, false };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fillin_job job = { .scope = &long_one };
		double begin = seconds();
		free(filled_by(&job, QUOTE_RAW, texts[i]));
		assert_true(seconds() - begin < 5);
	}
}

static void
what_grows_too_long_is_refused(void **unused)
{
	(void)unused;
	autofree char *value = repeated("a", LONG_VALUE);
	struct scope_var var = { "A", value, LONG_VALUE };
	struct scope long_one = { &var, 1, NULL, 0, false };
	struct fillin_job job = { .scope = &long_one };

	autofree char *out = filled_by(&job, QUOTE_RAW, "${A//a/$A}");
	assert_string_equal(out, FAILED);
	autofree char *pattern = filled_by(&job, QUOTE_RAW, "${A#$A}");
	assert_string_equal(pattern, FAILED);

	autofree char *deep = repeated("${A:+", 5 * 40);
	strcpy(deep + 150, "}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}");
	autofree char *fits = filled_by(&job, QUOTE_RAW, deep);
	assert_string_equal(fits, "");
	struct expr e;
	autofree char *deeper = repeated("${A:+", 5 * 80);
	memset(deeper + 200, '}', 200);
	assert_false(expr_read(&long_one, deeper, 400, &e));
}

/* ---- what is not set ---------------------------------------------------- */

static void
what_is_not_set_is_empty_or_kept_or_an_error(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		const char *value[3]; /* by enum fillin_unset */
	} rows[] = {
		{ "[$U]", { "[]", "[$U]", FAILED } },
		{ "[${U%x}]", { "[]", "[${U%x}]", FAILED } },
		{ "[${U:-x}]", { "[x]", "[x]", "[x]" } },
		{ "[${E}]", { "[]", "[]", "[]" } },
		{ "[${E:-$U}]", { "[]", "[${E:-$U}]", FAILED } },
		{ "[${E:+$U}]", { "[]", "[]", "[]" } },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (unsigned k = 0; k < 3; k++) {
			struct fillin_job job = { .scope = &scope,
				.unset = (enum fillin_unset)k };
			autofree char *out =
			    filled_by(&job, QUOTE_RAW, rows[i].text);
			assert_string_equal(out, rows[i].value[k]);
		}
	}
}

/* And no value, which is nothing for a log. */
static void
a_refusal_says_what_and_why(void **unused)
{
	static const char text[] = "${U:?\"set\" $B or ${B%x} ${not}}";
	static const char says[] = "set $B or ${B%x} ${not}";
	(void)unused;
	struct fillin_job job = { .scope = &scope };
	autotext struct text out = TEXT_MAX(64);
	struct expr e;

	assert_true(expr_read(&scope, text, strlen(text), &e));
	assert_int_equal(
	    fillin_write(&job, &e, QUOTE_RAW, &out), FILLIN_REFUSED);
	assert_int_equal(job.about_len, 1);
	assert_memory_equal(job.about, "U", 1);
	assert_int_equal(job.message.len, strlen(says));
	assert_memory_equal(job.message.data, says, strlen(says));
	text_free(&job.message);
}

static void
a_prefix_touches_what_begins_so(void **unused)
{
	(void)unused;
	static const char *const prefix[] = { "PUBLIC_" };
	static const struct scope_var vars[] = { { "PUBLIC_A", "a", 1 } };
	struct scope s = { vars, 1, prefix, 1, false };
	struct fillin_job job = { .scope = &s };

	autofree char *out = filled_by(&job, QUOTE_RAW,
	    "$PUBLIC_A ${PUBLIC_B:-b} $PUBLIC_ $PUBLICA ${PUBLIC}");
	assert_string_equal(out, "a b  $PUBLICA ${PUBLIC}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_mean_what_they_mean_to_bash),
		cmocka_unit_test(
		    random_expressions_mean_what_they_mean_to_bash),
		cmocka_unit_test(time_grows_with_the_size_alone),
		cmocka_unit_test(
		    a_pattern_takes_time_in_proportion_to_the_value),
		cmocka_unit_test(what_grows_too_long_is_refused),
		cmocka_unit_test(what_is_not_set_is_empty_or_kept_or_an_error),
		cmocka_unit_test(a_refusal_says_what_and_why),
		cmocka_unit_test(a_prefix_touches_what_begins_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
