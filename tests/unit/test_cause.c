#include "notify/cause.h"
#include "notify/fingerprint.h"
#include "notify/text.h"

#include "core/guard_heap.h"

#include "last_words.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#define KILLED_OUTSIDE "killed by SIGKILL from outside, not by the memory limit"

static struct span
span_of(const char *text)
{
	return (struct span){ text, strlen(text) };
}

struct example {
	int code, signal;
	const char *err;
	enum cause_kind kind;
	const char *title;    /* the whole headline */
	const char *sentence; /* a part of it */
	const char *where;
};

static const struct example spoken[] = {
	{ 1, 0, words_uncaught, CAUSE_UNCAUGHT,
	    "TypeError: Cannot read properties of undefined (reading 'id')",
	    "uncaught TypeError: Cannot read", "/app/uncaught.js:1" },
	{ 1, 0, words_rejected, CAUSE_UNCAUGHT, "Error: database is gone",
	    "uncaught Error: database is gone", "/app/rej.js:1" },
	{ 1, 0, words_rejected_value, CAUSE_REJECTION,
	    "rejected with \"plain text\"", "nobody caught it", "" },
	{ 1, 0, words_missing_cjs, CAUSE_MISSING_MODULE,
	    "module express is missing", "module 'express' was not found",
	    "/app/mod.js" },
	{ 1, 0, words_missing_esm, CAUSE_MISSING_MODULE,
	    "module express is missing", "module 'express' was not found",
	    "/app/mod.mjs" },
	{ 1, 0, words_missing_file, CAUSE_MISSING_MODULE,
	    "module /app/gone.js is missing", "module '/app/gone.js'",
	    "/app/modfile.mjs" },
	{ 1, 0, words_port_taken, CAUSE_PORT_IN_USE, "port 34567 is in use",
	    "port 34567 is already in use", "" },
	{ 1, 0, words_thrown_string, CAUSE_UNCAUGHT, "just a string",
	    "uncaught just a string", "/app/throwstr.js:1" },
	{ 1, 0, words_with_cause, CAUSE_UNCAUGHT, "Error: cannot read config",
	    "uncaught Error: cannot read config", "/app/errcause.js:1" },
	{ 1, 0, words_bad_addon, CAUSE_MISSING_LIBRARY,
	    "cannot load /app/bad.node: file too short", "native library",
	    "/app/dl.js:2" },
	{ 1, 0, words_two_lines, CAUSE_UNCAUGHT, "DbError: two",
	    "uncaught DbError: two", "/app/custom.mjs:2" },
	{ 1, 0, words_syntax, CAUSE_UNCAUGHT,
	    "SyntaxError: Unexpected token ';'", "uncaught SyntaxError",
	    "/app/syntax.js:1" },
	{ 0, SIGABRT, words_heap_limit, CAUSE_HEAP_LIMIT,
	    "JavaScript heap out of memory", "V8 reached its heap limit", "" },
	/* as PID 1 of its own, node cannot abort: a trap follows */
	{ 0, SIGSEGV, words_heap_limit, CAUSE_HEAP_LIMIT,
	    "JavaScript heap out of memory", "V8 reached its heap limit", "" },
	{ 134, 0, words_heap_limit, CAUSE_HEAP_LIMIT,
	    "JavaScript heap out of memory", "V8 reached its heap limit", "" },
	{ 13, 0, words_await, CAUSE_UNSETTLED_AWAIT,
	    "unsettled top-level await", "never settled", "/app/tla.mjs:2" },
	{ 101, 0, words_rust, CAUSE_UNCAUGHT,
	    "index out of bounds: the len is 0 but the index is 3",
	    "panic: index out of bounds", "p.rs:1" },
	{ 1, 0, words_java, CAUSE_UNCAUGHT,
	    "java.lang.IllegalStateException: no pool",
	    "uncaught java.lang.IllegalStateException", "M.java:1" },
	{ 2, 0, words_go, CAUSE_UNCAUGHT,
	    "panic: runtime error: index out of range [3] with length 0",
	    "panic: runtime error", "/app/main.go:9" },
	{ 1, 0, words_ruby, CAUSE_UNCAUGHT, "RuntimeError: no pool left",
	    "uncaught RuntimeError: no pool left", "/app/x.rb:3" },
	{ 0, SIGABRT, words_cpp, CAUSE_UNCAUGHT,
	    "std::runtime_error: bad thing", "uncaught std::runtime_error",
	    "" },
	{ 0, SIGABRT, words_assertion, CAUSE_UNCAUGHT,
	    "Assertion `c==7' failed.", "Assertion `c==7' failed.", "ass.c:2" },
	{ 127, 0, words_library, CAUSE_MISSING_LIBRARY, "cannot load libx.so",
	    "libx.so", "" },
	{ 127, 0, words_musl_library, CAUSE_MISSING_LIBRARY,
	    "cannot load libstdc++.so.6", "libstdc++.so.6", "" },
	{ 1, 0, words_python_module, CAUSE_MISSING_MODULE,
	    "module nosuchmod is missing", "module 'nosuchmod'", "<string>:1" },
	{ 1, 0, words_python_port, CAUSE_PORT_IN_USE, "port it wants is in use",
	    "port that it wants is already in use", "/app/serve.py:12" },
	{ 1, 0, words_nginx_port, CAUSE_PORT_IN_USE, "port 8080 is in use",
	    "port 8080 is already in use", "" },
	{ 1, 0, words_go_port, CAUSE_PORT_IN_USE, "port 8081 is in use",
	    "port 8081", "" },
	{ 3, 0, words_logged, CAUSE_EXIT_CODE, "exit code 3",
	    "the last error in its output: Error: cannot reach the queue",
	    "/app/queue.js:31" },
};

static const struct example silent[] = {
	{ 7, 0, "bye\n", CAUSE_EXIT_CODE, "exit code 7",
	    "ended with exit code 7", "" },
	{ 13, 0, "", CAUSE_UNSETTLED_AWAIT, "unsettled top-level await",
	    "never settled", "" },
	{ 127, 0, "", CAUSE_EXIT_CODE, "exit 127", "not found", "" },
	{ 126, 0, "", CAUSE_EXIT_CODE, "exit 126", "cannot be run", "" },
	{ 139, 0, "", CAUSE_EXIT_CODE, "SIGSEGV", "ended by SIGSEGV", "" },
	{ 0, SIGSEGV, "", CAUSE_FAULT, "SIGSEGV", "invalid memory access", "" },
	{ 0, SIGBUS, "", CAUSE_FAULT, "SIGBUS", "memory that is not there",
	    "" },
	{ 0, SIGILL, "", CAUSE_FAULT, "SIGILL", "an instruction", "" },
	{ 0, SIGABRT, "", CAUSE_FAULT, "SIGABRT", "aborted itself", "" },
	{ 0, SIGTERM, "", CAUSE_SIGNALED, "SIGTERM",
	    "ended by SIGTERM from outside", "" },
	{ 0, SIGKILL, "", CAUSE_KILLED, "SIGKILL", KILLED_OUTSIDE, "" },
	/* words never explain a SIGKILL or somebody's SIGTERM */
	{ 0, SIGKILL, words_uncaught, CAUSE_KILLED, "SIGKILL", KILLED_OUTSIDE,
	    "" },
	{ 0, SIGTERM, words_uncaught, CAUSE_SIGNALED, "SIGTERM", "from outside",
	    "" },
};

static void
check(const struct example *e, struct span err, struct span out)
{
	const struct cause_death d = { .code = e->code, .signal = e->signal };
	struct cause c;

	cause_find(&d, err, out, &c);

	assert_int_equal(c.kind, e->kind);
	assert_string_equal(c.title, e->title);
	assert_non_null(strstr(c.sentence, e->sentence));
	assert_string_equal(c.where, e->where);
}

static void
each_real_death_has_its_cause_in_one_sentence(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(spoken); i++)
		check(&spoken[i], span_of(spoken[i].err), SPAN_NONE);
	for (size_t i = 0; i < ARRAY_LEN(silent); i++)
		check(&silent[i], span_of(silent[i].err), SPAN_NONE);
}

static void
words_on_stdout_count_when_stderr_says_nothing(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(spoken); i++) {
		check(&spoken[i], SPAN_NONE, span_of(spoken[i].err));
		check(&spoken[i], span_of("some warning\n"),
		    span_of(spoken[i].err));
	}
}

static void
the_last_fatal_report_wins_over_earlier_output(void **unused)
{
	(void)unused;
	/* given: a port was taken at first, which the program survived */
	static char text[16384];
	(void)snprintf(text, sizeof(text), "%s%s%s", words_logged,
	    words_nginx_port, words_uncaught);

	check(&spoken[0], span_of(text), SPAN_NONE);
}

static void
the_kernel_outranks_what_the_program_said(void **unused)
{
	(void)unused;
	struct cause c;
	const struct cause_death oom = {
		.signal = SIGKILL, .oom = true, .peak_bytes = INT64_C(2) << 30
	};
	const struct cause_death child = { .code = 1, .oom = true };
	const struct cause_death never = { .exec_errno = ENOENT };

	cause_find(&oom, span_of(words_uncaught), SPAN_NONE, &c);
	assert_int_equal(c.kind, CAUSE_KERNEL_OOM);
	assert_non_null(strstr(c.sentence, "(peak 2 GiB)"));

	cause_find(&child, span_of("worker died\n"), SPAN_NONE, &c);
	assert_int_equal(c.kind, CAUSE_KERNEL_OOM);

	cause_find(&never, SPAN_NONE, SPAN_NONE, &c);
	assert_int_equal(c.kind, CAUSE_EXEC_FAILED);
	assert_non_null(strstr(c.sentence, "no such program"));
}

static void
what_cradle_ended_is_not_blamed_on_somebody_else(void **unused)
{
	(void)unused;
	static const struct {
		int code, signal;
		const char *err;
		enum cause_kind kind;
		const char *sentence;
	} cases[] = {
		{ 0, SIGKILL, "", CAUSE_REPLACED,
		    "did not answer; cradle killed it" },
		{ 0, SIGTERM, "", CAUSE_REPLACED,
		    "did not answer; cradle told it to end" },
		{ 0, SIGABRT, "", CAUSE_REPLACED, "cradle told it to end" },
		{ 0, 0, "", CAUSE_REPLACED, "cradle told it to end" },
		{ 143, 0, words_logged, CAUSE_REPLACED, "told it to end" },
		{ 0, SIGSEGV, "", CAUSE_FAULT, "invalid memory access" },
		{ 1, 0, words_uncaught, CAUSE_UNCAUGHT, "uncaught TypeError" },
	};
	char print[2][FINGERPRINT_SIZE];
	struct cause c;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct cause_death d = { .code = cases[i].code,
			.signal = cases[i].signal,
			.replaced = "did not answer" };
		cause_find(&d, span_of(cases[i].err), SPAN_NONE, &c);
		assert_int_equal(c.kind, cases[i].kind);
		assert_non_null(strstr(c.sentence, cases[i].sentence));
	}
	/* then: a hang and somebody's SIGKILL are two things to be told of */
	for (int i = 0; i < 2; i++) {
		const struct cause_death d = { .signal = SIGKILL,
			.replaced = i == 0 ? "did not answer" : NULL };
		cause_find(&d, SPAN_NONE, SPAN_NONE, &c);
		fingerprint_of(&d, &c, print[i]);
	}
	assert_string_not_equal(print[0], print[1]);
}

static void
a_long_error_is_cut_between_characters(void **unused)
{
	(void)unused;
	static char text[8192] = "x:1\ny\n^\n\nError: ";
	struct cause c;
	const struct cause_death d = { .code = 1 };

	for (int i = 0; i < 500; i++)
		(void)strcat(text, "\xe2\x82\xac");
	(void)strcat(text, "\n    at f (/a.js:1:2)\n\nNode.js v20.0.0\n");
	cause_find(&d, span_of(text), SPAN_NONE, &c);

	autofree char *clean = NULL;
	size_t len = 0;
	assert_int_equal(text_clean(c.title, strlen(c.title), &clean, &len), 0);
	assert_string_equal(clean, c.title);
	assert_non_null(strstr(c.title, "\xe2\x80\xa6"));
}

/* Every prefix and suffix of everything, flush against a forbidden page. */
static void
torn_words_are_read_within_their_bounds(void **unused)
{
	(void)unused;
	const size_t room = 16384;
	char *page = mmap(NULL, room + 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct cause_death d = { .code = 1 };
	struct cause c;

	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(mprotect(page + room, 4096, PROT_NONE), 0);
	for (size_t i = 0; i < ARRAY_LEN(spoken); i++) {
		size_t len = strlen(spoken[i].err);
		for (size_t n = 0; n <= len; n += 1 + len / 400) {
			memcpy(page + room - n, spoken[i].err, n);
			cause_find(&d, (struct span){ page + room - n, n },
			    SPAN_NONE, &c);
			memcpy(page + room - n, spoken[i].err + len - n, n);
			cause_find(&d, (struct span){ page + room - n, n },
			    SPAN_NONE, &c);
		}
	}
	(void)munmap(page, room + 4096);
}

static void
print_of(const char *err, int code, char ret[FINGERPRINT_SIZE])
{
	const struct cause_death d = { .code = code };
	struct cause c;

	cause_find(&d, span_of(err), SPAN_NONE, &c);
	fingerprint_of(&d, &c, ret);
}

static void
a_fingerprint_ignores_what_varies_and_nothing_else(void **unused)
{
	(void)unused;
	static const char form[] =
	    "/app/a.js:1\nx\n^\n\nError: user %s not found, request %s\n"
	    "    at get (/app/%s.js:%d:7)\n\nNode.js v20.20.2\n";
	char text[4][512];
	char print[5][FINGERPRINT_SIZE];

	(void)sprintf(text[0], form, "17",
	    "5f0c2f7e-9d7b-4c5e-8a44-7f3f0a1b2c3d", "db", 10);
	(void)sprintf(text[1], form, "99184",
	    "0a6b1c2d-1111-4abc-9def-0123456789ab", "db", 12);
	(void)sprintf(text[2], form, "17",
	    "5f0c2f7e-9d7b-4c5e-8a44-7f3f0a1b2c3d", "cache", 10);
	for (int i = 0; i < 3; i++)
		print_of(text[i], 1, print[i]);
	print_of(text[0], 7, print[3]);

	assert_int_equal(strlen(print[0]), 16);
	assert_string_equal(print[0], print[1]);
	assert_string_not_equal(print[0], print[2]);
	assert_string_not_equal(print[0], print[3]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_real_death_has_its_cause_in_one_sentence),
		cmocka_unit_test(
		    words_on_stdout_count_when_stderr_says_nothing),
		cmocka_unit_test(
		    the_last_fatal_report_wins_over_earlier_output),
		cmocka_unit_test(the_kernel_outranks_what_the_program_said),
		cmocka_unit_test(
		    what_cradle_ended_is_not_blamed_on_somebody_else),
		cmocka_unit_test(a_long_error_is_cut_between_characters),
		cmocka_unit_test(torn_words_are_read_within_their_bounds),
		cmocka_unit_test(
		    a_fingerprint_ignores_what_varies_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
