#include "secrets/file.h"

#include "core/channel.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/role.h"
#include "remote/heap.h"
#include "secrets/job.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static char root[] = "/tmp/cradle-file-XXXXXX";
static int ours, theirs;
static unsigned char received[WIRE_MESSAGE_MAX];

static char *
make_file(const char *name, const char *data, size_t len)
{
	static char path[128];
	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void
a_file_is_read_up_to_its_maximum(void **unused)
{
	(void)unused;
	char *data = NULL;
	size_t len = 0;
	char *path = make_file("five", "ab\0cd", 5);

	assert_int_equal(file_read(path, 5, &data, &len), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(data, "ab\0cd", 6);
	heap_free(data);
	data = NULL;
	assert_int_equal(file_read(path, 4, &data, &len), -EFBIG);
	assert_null(data);
}

static void
what_is_no_file_is_refused_without_waiting(void **unused)
{
	(void)unused;
	char *data = NULL;
	size_t len;
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/fifo", root);
	assert_int_equal(mkfifo(path, 0600), 0);

	assert_int_equal(file_read(path, 9, &data, &len), -EINVAL);
	assert_int_equal(file_read("/dev/zero", 9, &data, &len), -EINVAL);
	assert_int_equal(file_read(root, 9, &data, &len), -EISDIR);
	assert_int_equal(file_read("/nowhere/x", 9, &data, &len), -ENOENT);
	assert_int_equal(file_read("", 9, &data, &len), -ENOENT);

	assert_null(data);
	assert_string_equal(file_strerror(-EINVAL), "it is not a regular file");
	assert_string_equal(file_strerror(-EFBIG), "it is too large");
}

/* What PID 1 is told for one reference to a file. */
static struct wire_msg
answer(const char *form, const char *path)
{
	struct session session = { 0 };
	struct wire_msg msg;
	char reference[256];

	(void)snprintf(reference, sizeof(reference), "file://%s%s", path, form);
	struct want *want = want_new(3, "NAME", reference);
	assert_non_null(want);
	assert_string_equal(want->bad, "");
	struct job *job = job_new(&session, &file_provider, want);
	assert_non_null(job);
	job_start(job);
	assert_int_equal(job->state, JOB_OVER);
	job_free(job);
	assert_int_equal(wire_recv(ours, received, false, &msg), 1);
	assert_int_equal(msg.field[0].num, 3);
	return msg;
}

static void
a_file_gives_its_value(void **unused)
{
	(void)unused;
	static const struct {
		const char *content, *form, *value;
	} cases[] = {
		{ "secret\n", "", "secret\n" },
		{ "secret\r\n\n", "?trim", "secret" },
		{ "aGVs\nbG8=\n", "?encoding=base64", "hello" },
		{ "aGVsbG8K\n", "?encoding=base64&trim", "hello" },
		{ "{\"user\":\"u\",\"port\":5432}\n", "#port", "5432" },
		{ "{\"a\":{\"b\":\"x\"}}", "#/a/b", "x" },
		{ "", "?allow_empty", "" },
		{ "{}", "#gone?default=d", "d" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *path = make_file(
		    "secret", cases[i].content, strlen(cases[i].content));

		struct wire_msg msg = answer(cases[i].form, path);

		assert_int_equal(msg.type, WIRE_FETCH_VALUE);
		assert_string_equal(
		    msg.field[FETCH_VALUE_VALUE].ptr, cases[i].value);
	}
}

static void
expect_miss(const struct wire_msg *msg, int code, const char *text)
{
	const struct wire_field *f = msg->field;

	assert_int_equal(msg->type, WIRE_FETCH_MISS);
	assert_int_equal(f[FETCH_MISS_CODE].num, code);
	assert_int_equal(f[FETCH_MISS_ABSENT].num, code == EXITS_OK);
	assert_non_null(strstr(f[FETCH_MISS_REASON].ptr, text));
}

static void
a_file_without_a_value_says_why(void **unused)
{
	(void)unused;
	struct wire_msg msg = answer("", "/nowhere/secret");
	expect_miss(&msg, EXITS_CONFIG,
	    "NAME: cannot resolve file:///nowhere/secret: cannot read the "
	    "file: No such file or directory");

	msg = answer("?optional", "/nowhere/secret");
	expect_miss(&msg, EXITS_OK, "");

	msg = answer("", root);
	expect_miss(&msg, EXITS_CONFIG, "cannot read the file: Is a directory");

	msg = answer("", make_file("empty", "", 0));
	expect_miss(&msg, EXITS_CONFIG, "the value is empty");

	msg = answer("", make_file("nul", "a\0b", 3));
	expect_miss(&msg, EXITS_CONFIG, "holds a NUL byte");
}

static void
sixty_four_kib_pass_and_one_more_byte_does_not(void **unused)
{
	(void)unused;
	static char data[64 * 1024 + 1];
	memset(data, 'x', sizeof(data));

	struct wire_msg msg =
	    answer("", make_file("whole", data, sizeof(data) - 1));
	assert_int_equal(msg.type, WIRE_FETCH_VALUE);
	assert_int_equal(msg.field[FETCH_VALUE_VALUE].len, sizeof(data) - 1);

	msg = answer("", make_file("large", data, sizeof(data)));
	expect_miss(&msg, EXITS_CONFIG, "it is too large");
}

static void
one_answer_serves_all_wants_alike(void **unused)
{
	(void)unused;
	struct session session = { 0 };
	struct wire_msg msg;
	char reference[128];
	(void)snprintf(reference, sizeof(reference), "file://%s#/a",
	    make_file("pair", "{\"a\":1,\"b\":2}", 13));
	struct want *first = want_new(1, "A", reference);
	reference[strlen(reference) - 1] = 'b';
	struct want *second = want_new(2, "B", reference);
	assert_true(file_provider.same(&session, &first->ref, &second->ref));
	struct job *job = job_new(&session, &file_provider, first);
	first->next = second;

	job_start(job);

	assert_int_equal(wire_recv(ours, received, false, &msg), 1);
	assert_string_equal(msg.field[FETCH_VALUE_VALUE].ptr, "1");
	assert_int_equal(wire_recv(ours, received, false, &msg), 1);
	assert_string_equal(msg.field[FETCH_VALUE_VALUE].ptr, "2");
	assert_int_equal(session.given[REF_FILE], 2);
	job_free(job);
}

static int
set_up(void **unused)
{
	(void)unused;
	if (mkdtemp(root) == NULL || channel_open(&ours, &theirs) < 0)
		return -1;
	role_use_channel(theirs);
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	char command[64];
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_up_to_its_maximum),
		cmocka_unit_test(what_is_no_file_is_refused_without_waiting),
		cmocka_unit_test(a_file_gives_its_value),
		cmocka_unit_test(a_file_without_a_value_says_why),
		cmocka_unit_test(
		    sixty_four_kib_pass_and_one_more_byte_does_not),
		cmocka_unit_test(one_answer_serves_all_wants_alike),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
