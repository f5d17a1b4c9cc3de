#include "personality/dollar.h"
#include "personality/envsubst.h"

#include "core/fd.h"
#include "core/guard_heap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define PEER "/usr/bin/envsubst"
#define OUT_MAX ((size_t)256 * 1024)
#define TRY "Try 'envsubst --help' for more information.\n"

/* One run: what goes in, and what has come out. */
struct run {
	const char *args[4];
	const char *in;
	size_t in_len; /* 0: strlen */
	char *out;
	size_t out_len;
	char *err;
	int code;
};

static int
file_of(const void *data, size_t len)
{
	int fd = memfd_create("envsubst", MFD_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fd_write_all(fd, data, len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static char *
text_of(int fd, size_t *ret_len)
{
	char *text = calloc(1, OUT_MAX + 1);
	assert_non_null(text);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	ssize_t n = fd_read_full(fd, text, OUT_MAX);
	assert_true(n >= 0);
	*ret_len = (size_t)n;
	return text;
}

static void
be_the_program(const struct run *r, bool peer, int in, int out, int err)
{
	char *argv[6] = { "envsubst" };
	int argc = 1;

	for (; argc < 5 && r->args[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)r->args[argc - 1];
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(err, STDERR_FILENO);
	(void)setenv("A", "abab", 1);
	(void)setenv("B_9", "$A ${A} \\ & \"", 1);
	(void)setenv("EMPTY", "", 1);
	(void)unsetenv("UNSET");
	(void)unsetenv("POSIXLY_CORRECT");
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	if (peer)
		(void)execv(PEER, argv);
	_exit(peer ? 127 : envsubst_main(argc, argv));
}

static void
run(struct run *r, bool peer)
{
	size_t err_len;
	int status;
	autoclose int in =
	    file_of(r->in, r->in_len > 0 ? r->in_len : strlen(r->in));
	autoclose int out = file_of("", 0);
	autoclose int err = file_of("", 0);

	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		be_the_program(r, peer, in, out, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	r->code = WEXITSTATUS(status);
	r->out = text_of(out, &r->out_len);
	r->err = text_of(err, &err_len);
}

static void
end(struct run *r)
{
	free(r->out);
	free(r->err);
}

/* What the run must give, from us and from the original where it is there. */
static void
expect(const struct run *how, int code, const char *out, const char *err)
{
	for (int peer = 0; peer < 2; peer++) {
		struct run r = *how;
		if (peer && access(PEER, X_OK) == -1)
			return;
		run(&r, peer);
		assert_string_equal(r.err, err);
		assert_int_equal(r.code, code);
		assert_string_equal(r.out, out);
		end(&r);
	}
}

static const struct {
	const char *in;
	const char *all;  /* every variable */
	const char *some; /* with '$A ${EMPTY}' */
} streams[] = {
	{ "", "", "" },
	{ "plain\n", "plain\n", "plain\n" },
	{ "$A", "abab", "abab" },
	{ "${A}", "abab", "abab" },
	{ "x$A.y", "xabab.y", "xabab.y" },
	{ "$AB", "", "$AB" },
	{ "${A}B", "ababB", "ababB" },
	{ "[$EMPTY][${EMPTY}]", "[][]", "[][]" },
	{ "$UNSET-${UNSET}", "-", "$UNSET-${UNSET}" },
	{ "$B_9", "$A ${A} \\ & \"", "$B_9" },
	{ "$9B", "$9B", "$9B" },
	{ "$", "$", "$" },
	{ "$$A", "$abab", "$abab" },
	{ "$$", "$$", "$$" },
	{ "${", "${", "${" },
	{ "${$A}", "${abab}", "${abab}" },
	{ "${A", "${A", "${A" },
	{ "${A$A", "${Aabab", "${Aabab" },
	{ "${}", "${}", "${}" },
	{ "${A:-x}", "${A:-x}", "${A:-x}" },
	{ "${UNSET:-${A}}", "${UNSET:-abab}", "${UNSET:-abab}" },
	{ "${A.b}", "${A.b}", "${A.b}" },
	{ "$A${A}$A", "abababababab", "abababababab" },
	{ "\\$A", "\\abab", "\\abab" },
	{ "`${x}` $scope", "`` ", "`${x}` $scope" },
	{ "$\xc3\xa9 ${A\xc3\xa9}", "$\xc3\xa9 ${A\xc3\xa9}",
	    "$\xc3\xa9 ${A\xc3\xa9}" },
};

static void
it_puts_in_what_the_original_puts_in(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		expect(&(struct run){ .in = streams[i].in }, 0, streams[i].all,
		    "");
		expect(&(struct run){ .in = streams[i].in,
			   .args = { "$A ${EMPTY} $ABC" } },
		    0, i == 5 ? "$AB" : streams[i].some, "");
	}
}

static void
its_command_line_is_the_originals(void **unused)
{
	(void)unused;
	expect(
	    &(struct run){ .args = { "-v", "$A ${B} $A ${C} $1" }, .in = "" },
	    0, "A\nB\nA\nC\n", "");
	expect(
	    &(struct run){ .args = { "$A", "--var" }, .in = "" }, 0, "A\n", "");
	expect(
	    &(struct run){ .args = { "--", "-v" }, .in = "$A" }, 0, "$A", "");
	expect(&(struct run){ .args = { "-v" }, .in = "" }, 1, "",
	    "envsubst: missing arguments\n");
	expect(&(struct run){ .args = { "a", "b" }, .in = "" }, 1, "",
	    "envsubst: too many arguments\n");
	expect(&(struct run){ .args = { "-x" }, .in = "" }, 1, "",
	    "envsubst: invalid option -- 'x'\n" TRY);
	expect(&(struct run){ .args = { "--nope" }, .in = "" }, 1, "",
	    "envsubst: unrecognized option '--nope'\n" TRY);
	expect(&(struct run){ .args = { "--v" }, .in = "" }, 1, "",
	    "envsubst: option '--v' is ambiguous; possibilities: "
	    "'--variables' '--version'\n" TRY);
	expect(&(struct run){ .args = { "--help=x" }, .in = "" }, 1, "",
	    "envsubst: option '--help' doesn't allow an argument\n" TRY);
}

static void
its_version_and_help_go_to_standard_output(void **unused)
{
	(void)unused;
	static const char *const options[] = { "-V", "-hV", "-h" };
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		struct run r = { .args = { options[i], "a", "b" }, .in = "" };
		const char *first =
		    i < 2 ? "envsubst (GNU gettext-runtime) 0.21\n"
			  : "Usage: envsubst [OPTION]";
		run(&r, false);
		assert_int_equal(r.code, 0);
		assert_string_equal(r.err, "");
		assert_memory_equal(r.out, first, strlen(first));
		end(&r);
	}
}

static void
bytes_of_any_kind_pass(void **unused)
{
	(void)unused;
	struct run r = { .in = "a\0$A\0\xff$", .in_len = 7 };
	run(&r, false);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.out_len, 9);
	assert_memory_equal(r.out, "a\0abab\0\xff$", 9);
	end(&r);
}

static void
a_closed_or_full_output_is_told(void **unused)
{
	(void)unused;
	struct run r = { .in = "x" };
	int status;
	autoclose int in = file_of("$A", 2);
	autoclose int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	autoclose int err = file_of("", 0);
	size_t len;

	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		be_the_program(&r, false, in, full, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1);
	autofree char *said = text_of(err, &len);
	assert_string_equal(
	    said, "envsubst: write error: No space left on device\n");
}

/* ---- the reader alone --------------------------------------------------- */

struct taken {
	char text[256];
	size_t len;
};

static int
take(void *arg, const char *data, size_t len)
{
	struct taken *t = arg;
	assert_true(len < sizeof(t->text) - t->len);
	memcpy(t->text + t->len, data, len);
	t->len += len;
	return 0;
}

static int
take_name(void *arg, const char *name, size_t len, bool braced)
{
	assert_int_equal(strlen(name), len);
	int r = take(arg, braced ? "<{" : "<", braced ? 2 : 1);
	if (r == 0)
		r = take(arg, name, len);
	return r < 0 ? r : take(arg, ">", 1);
}

static void
it_does_not_matter_where_the_input_is_cut(void **unused)
{
	(void)unused;
	static const char in[] = "a$A${B_1}$$C${D ${E$F${G}";
	static const char out[] = "a<A><{B_1>$<C>${D ${E<F><{G>";
	static const struct dollar_ways ways = { take, take_name };
	size_t len = sizeof(in) - 1;

	for (size_t one = 0; one <= len; one++) {
		for (size_t two = one; two <= len; two++) {
			struct taken t = { .len = 0 };
			struct dollar d = { .ways = &ways, .arg = &t };
			assert_int_equal(dollar_feed(&d, in, one), 0);
			assert_int_equal(
			    dollar_feed(&d, in + one, two - one), 0);
			assert_int_equal(
			    dollar_feed(&d, in + two, len - two), 0);
			assert_int_equal(dollar_end(&d), 0);
			t.text[t.len] = '\0';
			assert_string_equal(t.text, out);
			dollar_free(&d);
		}
	}
}

/* A name over any buffer, which is no variable's; but text it may be. */
static void
a_name_may_be_longer_than_any_buffer(void **unused)
{
	(void)unused;
	size_t len = (size_t)200 * 1024;
	autofree char *in = malloc(len + 1);
	assert_non_null(in);
	memset(in, 'N', len);
	in[0] = '$';
	in[1] = '{';
	in[len] = '\0';
	struct run r = { .in = in, .args = { "$A" } };
	run(&r, false);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out, in);
	end(&r);

	in[1] = 'N';
	r = (struct run){ .in = in };
	run(&r, false);
	assert_int_equal(r.code, 0);
	assert_int_equal(r.out_len, 0);
	end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_puts_in_what_the_original_puts_in),
		cmocka_unit_test(its_command_line_is_the_originals),
		cmocka_unit_test(its_version_and_help_go_to_standard_output),
		cmocka_unit_test(bytes_of_any_kind_pass),
		cmocka_unit_test(a_closed_or_full_output_is_told),
		cmocka_unit_test(it_does_not_matter_where_the_input_is_cut),
		cmocka_unit_test(a_name_may_be_longer_than_any_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
