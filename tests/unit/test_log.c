#include "core/log.h"

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What a test logs goes into a pipe that stands for stderr. */
static int pipe_ends[2];
static int own_stderr;

static int
begin(void **unused)
{
	(void)unused;
	if (pipe2(pipe_ends, O_CLOEXEC) == -1)
		return -1;
	own_stderr = fcntl(2, F_DUPFD_CLOEXEC, 10);
	return dup2(pipe_ends[1], 2) == 2 ? 0 : -1;
}

static int
end(void **unused)
{
	(void)unused;
	(void)dup2(own_stderr, 2);
	(void)close(own_stderr);
	(void)close(pipe_ends[0]);
	(void)close(pipe_ends[1]);
	log_setup(LOG_INFO, LOG_TEXT, NULL);
	return 0;
}

static char said_memory[256 * 1024];

/* All that has been logged since the last time. */
static const char *
said(void)
{
	size_t have = 0;
	struct pollfd p = { .fd = pipe_ends[0], .events = POLLIN };
	while (poll(&p, 1, 0) == 1) {
		ssize_t n = read(pipe_ends[0], said_memory + have,
		    sizeof(said_memory) - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	said_memory[have] = '\0';
	return said_memory;
}

static void
lines_name_who_speaks_and_why(void **unused)
{
	(void)unused;
	log_setup(LOG_INFO, LOG_TEXT, NULL);
	log_info("ready in %d ms", 5);
	assert_string_equal(said(), "cradle: ready in 5 ms\n");

	log_error(-ENOENT, "cannot open %s", "x");
	assert_string_equal(
	    said(), "cradle: cannot open x: No such file or directory\n");
	log_warn(EACCES, "cannot open %s", "x");
	assert_string_equal(
	    said(), "cradle: cannot open x: Permission denied\n");
	log_warn(0, "cannot do that");
	assert_string_equal(said(), "cradle: cannot do that\n");

	log_setup(LOG_INFO, LOG_TEXT, "fetch");
	log_info("done");
	assert_string_equal(said(), "cradle: fetch: done\n");
}

static void
a_message_is_one_line(void **unused)
{
	(void)unused;
	log_setup(LOG_INFO, LOG_TEXT, NULL);
	log_info("%s", "two\nlines\r\n");
	assert_string_equal(said(), "cradle: two lines  \n");
}

static void
levels_leave_out_what_is_less(void **unused)
{
	(void)unused;
	static const char *const want[] = { "cradle: e\n",
		"cradle: e\ncradle: w\n", "cradle: e\ncradle: w\ncradle: i\n",
		"cradle: e\ncradle: w\ncradle: i\ncradle: d\n" };
	for (int level = 0; level < LOG_LEVELS; level++) {
		log_setup((enum log_level)level, LOG_TEXT, NULL);
		log_error(0, "e");
		log_warn(0, "w");
		log_info("i");
		log_debug("d");
		assert_string_equal(said(), want[level]);
		assert_true(log_enabled((enum log_level)level));
		assert_int_equal(
		    log_enabled(LOG_DEBUG), level == (int)LOG_DEBUG);
	}
}

static void
json_lines_have_all_in_them(void **unused)
{
	(void)unused;
	log_setup(LOG_INFO, LOG_JSON, "health");
	log_warn(0, "a \"b\"\n\x01");

	const char *line = said();
	assert_memory_equal(line, "{\"ts\":\"2", 8);
	assert_string_equal(strchr(line, 'Z'),
	    "Z\",\"level\":\"warn\",\"role\":\"health\",\"message\":"
	    "\"a \\\"b\\\" \\u0001\"}\n");

	log_setup(LOG_INFO, LOG_JSON, NULL);
	log_info("x");
	assert_non_null(strstr(said(), "\"role\":\"init\""));
}

static void
a_long_line_is_cut_to_its_limit(void **unused)
{
	(void)unused;
	static const char fill[] = { 'x', '"', '\x01', '\xff' };
	static char text[8192];
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		for (int format = 0; format < LOG_FORMATS; format++) {
			memset(text, fill[i], sizeof(text) - 1);
			text[sizeof(text) - 1] = '\0';
			log_setup(LOG_INFO, (enum log_format)format, NULL);
			log_info("%s", text);

			const char *line = said();
			size_t len = strlen(line);
			assert_in_range(len, LOG_LINE_MAX / 2, LOG_LINE_MAX);
			assert_ptr_equal(strchr(line, '\n'), line + len - 1);
			if (format == LOG_JSON)
				assert_string_equal(line + len - 3, "\"}\n");
		}
}

static void
a_full_stderr_costs_lines_but_no_time(void **unused)
{
	(void)unused;
	char text[1000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_setup(LOG_INFO, LOG_TEXT, NULL);
	/* would never return if it waited: nobody reads */
	for (int i = 0; i < 200; i++)
		log_info("%s", text);

	unsigned got = 0;
	for (const char *p = said(); (p = strchr(p, '\n')) != NULL; p++)
		got++;
	assert_in_range(got, 1, 199);
	log_info("here again");

	char want[128];
	(void)snprintf(want, sizeof(want),
	    "cradle: %u lines were dropped: stderr was full\n"
	    "cradle: here again\n",
	    200 - got);
	assert_string_equal(said(), want);
	log_info("and no more");
	assert_string_equal(said(), "cradle: and no more\n");
}

static void
names_have_values(void **unused)
{
	(void)unused;
	assert_int_equal(log_level_of("error"), LOG_ERROR);
	assert_int_equal(log_level_of("warn"), LOG_WARN);
	assert_int_equal(log_level_of("info"), LOG_INFO);
	assert_int_equal(log_level_of("debug"), LOG_DEBUG);
	assert_int_equal(log_level_of("Debug"), -1);
	assert_int_equal(log_level_of(""), -1);
	assert_int_equal(log_format_of("text"), LOG_TEXT);
	assert_int_equal(log_format_of("json"), LOG_JSON);
	assert_int_equal(log_format_of("xml"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    lines_name_who_speaks_and_why, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_message_is_one_line, begin, end),
		cmocka_unit_test_setup_teardown(
		    levels_leave_out_what_is_less, begin, end),
		cmocka_unit_test_setup_teardown(
		    json_lines_have_all_in_them, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_long_line_is_cut_to_its_limit, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_full_stderr_costs_lines_but_no_time, begin, end),
		cmocka_unit_test(names_have_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
