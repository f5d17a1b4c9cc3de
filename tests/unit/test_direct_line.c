#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/direct_line.h"

#include "core/guard.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;

/* The line as "A=b|C=d||word|word"; a refusal as its number. */
static void
split(const char *text, char *ret, size_t size)
{
	struct direct_line line;
	enum direct_why why;
	size_t n = 0;
	if (direct_line_split(text, &arena, &line, &why) == -1) {
		(void)snprintf(ret, size, "refused %d", (int)why);
		return;
	}
	ret[0] = '\0';
	for (size_t i = 0; i < line.sets; i++)
		n += (size_t)snprintf(ret + n, size - n, "%s=%s|",
		    line.set[i].name, line.set[i].value);
	for (size_t i = 0; i < line.words; i++)
		n += (size_t)snprintf(ret + n, size - n, "|%s", line.word[i]);
}

static void
plain_lines_become_the_words_that_sh_would_make(void **unused)
{
	static const struct {
		const char *text;
		const char *words;
	} cases[] = {
		{ "node server.js", "|node|server.js" },
		{ "  node \t server.js  ", "|node|server.js" },
		{ "node 'a b' \"c d\" e\\ f", "|node|a b|c d|e f" },
		{ "node a'b c'd\"e f\"", "|node|ab cde f" },
		{ "node '' \"\"", "|node||" },
		{ "node \"a\\\"b\" \"a\\\\b\" \"a\\nb\" \"a\\$b\"",
		    "|node|a\"b|a\\b|a\\nb|a$b" },
		{ "node '$HOME' 'a;b|c' \\$x \\*", "|node|$HOME|a;b|c|$x|*" },
		{ "node a#b a~b x=~y", NULL },
		{ "node a#b a~b --n=1", "|node|a#b|a~b|--n=1" },
		{ "A=b node x", "A=b||node|x" },
		{ "A=b C='d e' node x F=g", "A=b|C=d e||node|x|F=g" },
		{ "A= node", "A=||node" },
		{ "A=\"b\"c node", "A=bc||node" },
		{ "exec node x", "|node|x" },
		{ "A=b exec node x", "A=b||node|x" },
		{ "cross-env A=b C=d node x", "A=b|C=d||node|x" },
		{ "Z=1 cross-env A=b node", "Z=1|A=b||node" },
		{ "cross-env node x", "|node|x" },
		{ "./bin/www", "|./bin/www" },
		{ "node --max-old-space-size=512 -r dotenv/config a.js",
		    "|node|--max-old-space-size=512|-r|dotenv/config|a.js" },
		{ "next start -p 3000", "|next|start|-p|3000" },
		{ "node x@1 a,b c%d e^f g+h", "|node|x@1|a,b|c%d|e^f|g+h" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[512], pattern[32];
		(void)snprintf(pattern, sizeof(pattern), "refused %d",
		    (int)DIRECT_PATTERN);
		split(cases[i].text, got, sizeof(got));
		const char *want =
		    cases[i].words == NULL ? pattern : cases[i].words;
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s", cases[i].text, got);
	}
	(void)unused;
}

static void
what_means_more_to_sh_than_a_word_is_refused(void **unused)
{
	static const struct {
		const char *text;
		enum direct_why why;
	} cases[] = {
		{ "a && b", DIRECT_OPERATOR },
		{ "a || b", DIRECT_OPERATOR },
		{ "a; b", DIRECT_OPERATOR },
		{ "a | b", DIRECT_OPERATOR },
		{ "a &", DIRECT_OPERATOR },
		{ "a > b", DIRECT_OPERATOR },
		{ "a 2>&1", DIRECT_OPERATOR },
		{ "a < b", DIRECT_OPERATOR },
		{ "(a)", DIRECT_OPERATOR },
		{ "a\nb", DIRECT_OPERATOR },
		{ "a \\\n b", DIRECT_OPERATOR },
		{ "a \"b\\\nc\"", DIRECT_OPERATOR },
		{ "a $B", DIRECT_EXPANSION },
		{ "a ${B:-c}", DIRECT_EXPANSION },
		{ "a \"$B\"", DIRECT_EXPANSION },
		{ "a `b`", DIRECT_EXPANSION },
		{ "a \"`b`\"", DIRECT_EXPANSION },
		{ "A=$B c", DIRECT_EXPANSION },
		{ "cross-env A=b node '$C'", DIRECT_EXPANSION },
		{ "cross-env A=\"'b'\" node", DIRECT_EXPANSION },
		{ "a *.js", DIRECT_PATTERN },
		{ "a b?", DIRECT_PATTERN },
		{ "a [b]", DIRECT_PATTERN },
		{ "a {b,c}", DIRECT_PATTERN },
		{ "~/a", DIRECT_PATTERN },
		{ "A=b:~/c d", DIRECT_PATTERN },
		{ "a # b", DIRECT_COMMENT },
		{ "# b", DIRECT_COMMENT },
		{ "a 'b", DIRECT_QUOTE },
		{ "a \"b", DIRECT_QUOTE },
		{ "a \"b\\", DIRECT_QUOTE },
		{ "a b\\", DIRECT_QUOTE },
		{ "cd b", DIRECT_BUILTIN },
		{ "export A=b", DIRECT_BUILTIN },
		{ "if a", DIRECT_BUILTIN },
		{ "exec -a b c", DIRECT_BUILTIN },
		{ "! a", DIRECT_BUILTIN },
		{ "echo hello", DIRECT_BUILTIN },
		{ "", DIRECT_EMPTY },
		{ "   ", DIRECT_EMPTY },
		{ "A=b", DIRECT_EMPTY },
		{ "'' b", DIRECT_EMPTY },
		{ "cross-env A=b", DIRECT_EMPTY },
		{ "PATH=/x node", DIRECT_PATH },
		{ "A=scw://prod/a node", DIRECT_REFERENCE },
		{ "A=file:///etc/passwd node", DIRECT_REFERENCE },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[512], want[32];
		split(cases[i].text, got, sizeof(got));
		(void)snprintf(
		    want, sizeof(want), "refused %d", (int)cases[i].why);
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s, not %s", cases[i].text, got, want);
	}
	(void)unused;
}

static void
lines_are_bounded(void **unused)
{
	static char text[DIRECT_TEXT_MAX + 2];
	char want[32], got[64];
	(void)unused;
	(void)snprintf(want, sizeof(want), "refused %d", (int)DIRECT_LONG);

	memset(text, 'a', DIRECT_TEXT_MAX + 1);
	split(text, got, sizeof(got));
	assert_string_equal(got, want);

	for (size_t i = 0; i < 2 * (DIRECT_WORDS_MAX + 1); i++)
		text[i] = i % 2 == 0 ? 'a' : ' ';
	text[2 * (DIRECT_WORDS_MAX + 1)] = '\0';
	split(text, got, sizeof(got));
	assert_string_equal(got, want);
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    plain_lines_become_the_words_that_sh_would_make),
		cmocka_unit_test(what_means_more_to_sh_than_a_word_is_refused),
		cmocka_unit_test(lines_are_bounded),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
