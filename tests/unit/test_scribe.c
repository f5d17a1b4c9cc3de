#include "logs/scribe.h"

#include "core/channel.h"
#include "core/clock.h"
#include "core/fd.h"
#include "core/guard_heap.h"
#include "core/role.h"
#include "core/wire.h"
#include "logs/ring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Each test is PID 1 and the container runtime: it has a scribe in a child,
 * its channel, a ring, and the far ends of what the scribe takes for the
 * container's stdout and stderr.
 */

enum { SERVICES = 4, PATIENCE_MS = 10000, PIPE_BIG = 1024 * 1024 };

struct bench {
	pid_t pid;
	int channel;
	int ring;
	int out[2]; /* what the scribe writes to: [0] ours, [1] its */
	int err[2];
	bool nobody; /* run it without the right to open its pipes again */
	int64_t last_stream;
};

static unsigned char buffer[WIRE_MESSAGE_MAX];

static void
say(struct bench *b, const struct wire_msg *msg)
{
	assert_int_equal(
	    fd_wait(b->channel, POLLOUT, clock_ms() + PATIENCE_MS), 1);
	assert_int_equal(wire_send(b->channel, msg), 0);
}

/* The next message, which must be of this type; counts in between are skipped.
 */
static void
hear(struct bench *b, enum wire_type type, struct wire_msg *ret)
{
	do {
		assert_int_equal(
		    fd_wait(b->channel, POLLIN, clock_ms() + PATIENCE_MS), 1);
		assert_int_equal(wire_recv(b->channel, buffer, false, ret), 1);
	} while (ret->type == WIRE_SCRIBE_COUNT && type != ret->type);
	assert_string_equal(wire_name(ret->type), wire_name(type));
}

static void
run_scribe(const struct bench *b, int channel)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	(void)sigaction(SIGPIPE, &ignore, NULL);
	if (dup2(b->out[1], 1) == -1 || dup2(b->err[1], 2) == -1)
		_exit(99);
	for (int fd = 3; fd < 1024; fd++)
		if (fd != channel)
			(void)close(fd);
	if (b->nobody && (setgid(65534) == -1 || setuid(65534) == -1))
		_exit(99);
	role_use_channel(channel);
	_exit(scribe_main());
}

static void
start_scribe(struct bench *b)
{
	struct wire_msg msg;
	int theirs;

	assert_int_equal(channel_open(&b->channel, &theirs), 0);
	(void)fflush(NULL);
	b->pid = fork();
	assert_int_not_equal(b->pid, -1);
	if (b->pid == 0)
		run_scribe(b, theirs);
	(void)close(theirs);
	say(b, &(struct wire_msg){
		   .type = WIRE_SCRIBE_RING,
		   .fd = b->ring,
		   .field = { [SCRIBE_RING_SERVICES] = WIRE_NUM(SERVICES) },
	       });
	say(b, &(struct wire_msg){ .type = WIRE_GO, .fd = -1 });
	hear(b, WIRE_JAILED, &msg);
}

static void
begin(struct bench *b)
{
	*b = (struct bench){ .channel = -1 };
	assert_int_equal(pipe2(b->out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(b->err, O_CLOEXEC), 0);
	assert_int_equal(ring_create(SERVICES, &b->ring), 0);
}

static int
exit_status(struct bench *b)
{
	int status = -1;
	assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
finish(struct bench *b)
{
	(void)close(b->out[0]);
	(void)close(b->out[1]);
	(void)close(b->err[0]);
	(void)close(b->err[1]);
	(void)close(b->channel);
	(void)close(b->ring);
	assert_int_equal(exit_status(b), 0);
}

static void
tell_of(struct bench *b, int64_t id, int service, int channel, int fd)
{
	say(b,
	    &(struct wire_msg){
		.type = WIRE_SCRIBE_OPEN,
		.fd = fd,
		.field = {
		    [SCRIBE_OPEN_STREAM] = WIRE_NUM(id),
		    [SCRIBE_OPEN_SERVICE] = WIRE_NUM(service),
		    [SCRIBE_OPEN_CHANNEL] = WIRE_NUM(channel),
		    [SCRIBE_OPEN_FRESH] = WIRE_NUM(id > b->last_stream),
		},
	    });
	if (id > b->last_stream)
		b->last_stream = id;
}

/* A service's new pipe: the write end; the read end too if it is wanted. */
static int
open_stream(struct bench *b, int service, int channel, int *ret_read)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BIG);
	tell_of(b, b->last_stream + 1, service, channel, ends[0]);
	if (ret_read != NULL)
		*ret_read = ends[0];
	else
		(void)close(ends[0]);
	return ends[1];
}

static void
put(int fd, const char *text)
{
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

/* Read exactly so many bytes, in time. */
static void
get(int fd, char *into, size_t len)
{
	int64_t deadline = clock_ms() + PATIENCE_MS;
	for (size_t have = 0; have < len;) {
		assert_int_equal(fd_wait(fd, POLLIN, deadline), 1);
		ssize_t n = read(fd, into + have, len - have);
		assert_true(n > 0);
		have += (size_t)n;
	}
}

static void
expect_text(int fd, const char *want)
{
	char got[1024] = "";
	assert_true(strlen(want) < sizeof(got));
	get(fd, got, strlen(want));
	assert_string_equal(got, want);
}

static void
expect_silence(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 0), 0);
}

static void
ask(struct bench *b, int service, struct wire_msg *ret)
{
	say(b, &(struct wire_msg){
		   .type = WIRE_SCRIBE_ASK,
		   .fd = -1,
		   .field = { [SCRIBE_ASK_SERVICE] = WIRE_NUM(service) },
	       });
	hear(b, WIRE_SCRIBE_TAIL, ret);
	assert_int_equal(ret->field[SCRIBE_TAIL_SERVICE].num, service);
}

static void
expect_tail(struct bench *b, int service, const char *out, const char *err)
{
	struct wire_msg msg;
	ask(b, service, &msg);
	assert_string_equal(msg.field[SCRIBE_TAIL_OUT].ptr, out);
	assert_string_equal(msg.field[SCRIBE_TAIL_ERR].ptr, err);
}

static void
stop(struct bench *b, int64_t ms)
{
	say(b, &(struct wire_msg){
		   .type = WIRE_SCRIBE_STOP,
		   .fd = -1,
		   .field = { [SCRIBE_STOP_DEADLINE_MS] = WIRE_NUM(ms) },
	       });
}

static char *
numbered_lines(int count, size_t *ret_len)
{
	char *text = malloc((size_t)count * 32 + 1);
	size_t len = 0;
	assert_non_null(text);
	for (int i = 0; i < count; i++)
		len += (size_t)sprintf(text + len, "this is line %d\n", i);
	*ret_len = len;
	return text;
}

static void
both_streams_pass_untouched(void **unused)
{
	(void)unused;
	static const char bytes[] = "\xff\x00\x1b[31mred\r\n\n\x80last\n";
	char got[sizeof(bytes) - 1];
	struct bench b;
	begin(&b);
	start_scribe(&b);

	autoclose int out = open_stream(&b, 0, 1, NULL);
	autoclose int err = open_stream(&b, 0, 2, NULL);
	assert_int_equal(fd_write_all(out, bytes, sizeof(got)), 0);
	put(err, "no newline yet");

	get(b.out[0], got, sizeof(got));
	assert_memory_equal(got, bytes, sizeof(got));
	expect_text(b.err[0], "no newline yet");
	finish(&b);
}

static void
a_burst_of_a_writer_that_dies_at_once_arrives(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(100000, &len);
	autofree char *got = malloc(len);
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);

	int out = open_stream(&b, 2, 1, NULL);
	(void)fflush(NULL);
	pid_t writer = fork();
	if (writer == 0) {
		(void)fd_write_all(out, text, len);
		(void)kill(getpid(), SIGKILL);
	}
	(void)close(out);
	get(b.out[0], got, len);

	assert_memory_equal(got, text, len);
	hear(&b, WIRE_SCRIBE_COUNT, &msg);
	assert_int_equal(msg.field[SCRIBE_COUNT_SERVICE].num, 2);
	assert_int_equal(msg.field[SCRIBE_COUNT_OUT_LINES].num, 100000);
	assert_int_equal(msg.field[SCRIBE_COUNT_ERR_LINES].num, 0);
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	assert_int_equal(msg.field[SCRIBE_EOF_STREAM].num, 1);
	(void)waitpid(writer, NULL, 0);
	finish(&b);
}

/* Fill the service's pipe while nobody reads the container's stdout. */
static void
block_and_ask(bool nobody)
{
	size_t len;
	autofree char *text = numbered_lines(40000, &len);
	autofree char *got = malloc(len);
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	b.nobody = nobody;
	start_scribe(&b);

	int out = open_stream(&b, 1, 1, NULL);
	assert_int_equal(fd_write_all(out, text, len), 0);
	(void)close(out);
	ask(&b, 1, &msg);

	const char *tail = msg.field[SCRIBE_TAIL_OUT].ptr;
	assert_true(strncmp(tail, "this is line 39950\n", 19) == 0);
	assert_non_null(strstr(tail, "this is line 39999\n"));
	expect_silence(b.channel);
	get(b.out[0], got, len);
	assert_memory_equal(got, text, len);
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	finish(&b);
}

static void
a_blocked_stdout_does_not_delay_the_last_words(void **unused)
{
	(void)unused;
	block_and_ask(false);
}

static void
nor_does_one_that_cannot_be_opened_again(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	block_and_ask(true);
}

static void
a_killed_scribe_is_followed_by_one_that_goes_on(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(20000, &len);
	autofree char *got = malloc(len);
	struct bench b;
	int read_end;
	begin(&b);
	start_scribe(&b);
	int out = open_stream(&b, 0, 1, &read_end);

	/* what was passed on stays so; what lies in the pipe stays there */
	put(out, "before\n");
	expect_text(b.out[0], "before\n");
	assert_int_equal(kill(b.pid, SIGKILL), 0);
	assert_int_equal(exit_status(&b), -1);
	(void)close(b.channel);
	assert_int_equal(fd_write_all(out, text, len), 0);

	start_scribe(&b);
	tell_of(&b, 1, 0, 1, read_end);
	get(b.out[0], got, len);
	assert_memory_equal(got, text, len);
	put(out, "after\n");
	expect_text(b.out[0], "after\n");
	(void)close(out);
	(void)close(read_end);
	finish(&b);
}

static void
a_new_scribe_still_has_the_last_words(void **unused)
{
	(void)unused;
	struct bench b;
	int read_end;
	begin(&b);
	start_scribe(&b);
	autoclose int out = open_stream(&b, 0, 1, &read_end);
	put(out, "one\ntwo");
	expect_text(b.out[0], "one\ntwo");
	assert_int_equal(kill(b.pid, SIGKILL), 0);
	assert_int_equal(exit_status(&b), -1);
	(void)close(b.channel);

	start_scribe(&b);
	tell_of(&b, 1, 0, 1, read_end);
	expect_tail(&b, 0, "one\ntwo", "");
	/* and knows that the line is not complete */
	(void)close(TAKE_FD(out));
	expect_text(b.out[0], "\n");
	(void)close(read_end);
	finish(&b);
}

/* Killed while it works, it loses what it held in memory, and that is little.
 */
static void
a_scribe_killed_at_work_loses_one_handful(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(40000, &len);
	autofree char *got = malloc(len);
	struct bench b;
	int read_end;
	begin(&b);
	(void)fcntl(b.out[1], F_SETPIPE_SZ, PIPE_BIG);
	start_scribe(&b);
	int out = open_stream(&b, 0, 1, &read_end);
	assert_int_equal(fd_write_all(out, text, len), 0);
	get(b.out[0], got, 4096);
	assert_int_equal(kill(b.pid, SIGKILL), 0);
	assert_int_equal(exit_status(&b), -1);
	(void)close(b.channel);

	start_scribe(&b);
	tell_of(&b, 1, 0, 1, read_end);
	(void)close(out);
	(void)close(read_end);
	struct wire_msg msg;
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	(void)close(b.out[1]);
	b.out[1] = -1;
	assert_int_equal(kill(b.pid, SIGKILL), 0);
	assert_int_equal(exit_status(&b), -1);
	ssize_t rest = fd_read_full(b.out[0], got + 4096, len - 4096);

	assert_true(rest >= 0);
	size_t have = 4096 + (size_t)rest;
	assert_true(have + 128 * 1024 >= len);
	assert_memory_equal(got + have - 1000, text + len - 1000, 1000);
	(void)close(b.out[0]);
	(void)close(b.err[0]);
	(void)close(b.err[1]);
	(void)close(b.channel);
	(void)close(b.ring);
}

static void
secrets_are_masked_in_the_last_words_only(void **unused)
{
	(void)unused;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	autoclose int out = open_stream(&b, 0, 1, NULL);
	autoclose int err = open_stream(&b, 0, 2, NULL);

	say(&b, &(struct wire_msg){
		    .type = WIRE_SCRIBE_SECRET,
		    .fd = -1,
		    .field = { [SCRIBE_SECRET_VALUE] = WIRE_STR("p@ss/word") },
		});
	put(out, "login p@ss/word\n");
	put(err, "url a:p%40ss%2Fword@host\n");

	expect_text(b.out[0], "login p@ss/word\n");
	expect_text(b.err[0], "url a:p%40ss%2Fword@host\n");
	expect_tail(&b, 0, "login [redacted]\n", "url a:[redacted]@host\n");
	finish(&b);
}

static void
the_last_line_gets_its_newline(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	int err = open_stream(&b, 3, 2, NULL);

	put(err, "one\nError: cut off");
	(void)close(err);

	hear(&b, WIRE_SCRIBE_COUNT, &msg);
	assert_int_equal(msg.field[SCRIBE_COUNT_ERR_LINES].num, 2);
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	expect_text(b.err[0], "one\nError: cut off\n");
	expect_tail(&b, 3, "", "one\nError: cut off\n");
	finish(&b);
}

static void
the_last_words_are_those_of_the_last_life(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);

	int first = open_stream(&b, 0, 1, NULL);
	put(first, "first life\n");
	int second = open_stream(&b, 0, 1, NULL);
	put(second, "second life\n");
	(void)close(second);
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	put(first, "an orphan of the first\n");
	(void)close(first);
	hear(&b, WIRE_SCRIBE_EOF, &msg);

	expect_tail(&b, 0, "second life\n", "");
	expect_tail(&b, 1, "", "");
	finish(&b);
}

static void
an_app_survives_that_nobody_reads_its_log(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(100000, &len);
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	int out = open_stream(&b, 0, 1, NULL);

	(void)close(b.out[0]);
	(void)close(b.out[1]);
	assert_int_equal(fd_write_all(out, text, len), 0);
	(void)close(out);

	hear(&b, WIRE_SCRIBE_EOF, &msg);
	ask(&b, 0, &msg);
	assert_non_null(
	    strstr(msg.field[SCRIBE_TAIL_OUT].ptr, "this is line 99999\n"));
	char said[256] = "";
	assert_true(read(b.err[0], said, sizeof(said) - 1) > 0);
	assert_non_null(strstr(said, "cannot write to stdout"));
	b.out[0] = b.out[1] = -1;
	finish(&b);
}

static void
a_full_disk_stops_nobody(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	(void)close(b.out[1]);
	b.out[1] = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (b.out[1] == -1)
		skip();
	start_scribe(&b);
	int out = open_stream(&b, 0, 1, NULL);

	for (int i = 0; i < 100; i++)
		put(out, "no room for this\n");
	(void)close(out);

	hear(&b, WIRE_SCRIBE_EOF, &msg);
	char said[1024] = "";
	assert_true(read(b.err[0], said, sizeof(said) - 1) > 0);
	assert_non_null(strstr(said, "No space left"));
	assert_null(strstr(strstr(said, "cannot write") + 1, "cannot write"));
	finish(&b);
}

static void
a_file_and_a_socket_are_written_to_as_well(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(30000, &len);
	autofree char *got = malloc(len);
	int pair[2];
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	(void)close(b.out[0]);
	(void)close(b.out[1]);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	b.out[0] = pair[0];
	b.out[1] = pair[1];
	(void)close(b.err[1]);
	char path[] = "/tmp/test_scribe.XXXXXX";
	b.err[1] = mkstemp(path);
	(void)unlink(path);
	start_scribe(&b);

	int out = open_stream(&b, 0, 1, NULL);
	assert_int_equal(fd_write_all(out, text, len), 0);
	(void)close(out);
	int err = open_stream(&b, 0, 2, NULL);
	assert_int_equal(fd_write_all(err, text, len), 0);
	(void)close(err);

	get(b.out[0], got, len);
	assert_memory_equal(got, text, len);
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	hear(&b, WIRE_SCRIBE_EOF, &msg);
	assert_int_equal(lseek(b.err[1], 0, SEEK_SET), 0);
	assert_int_equal(fd_read_full(b.err[1], got, len), (ssize_t)len);
	assert_memory_equal(got, text, len);
	finish(&b);
}

static void
services_take_turns_at_the_ends_of_lines(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	int one = open_stream(&b, 0, 1, NULL);
	int two = open_stream(&b, 1, 1, NULL);
	ask(&b, 0, &msg); /* it knows both by now */

	/* all within the patience for a part of a line, or once more */
	for (bool in_time = false; !in_time;) {
		int64_t start = clock_ms();
		char got[17] = "";
		put(one, "aaa ");
		put(two, "bbb bbb\n");
		get(b.out[0], got, 1);
		put(one, "aaa\n");
		get(b.out[0], got + 1, 15);
		in_time = clock_ms() - start < 40;
		if (in_time)
			assert_string_equal(got, "bbb bbb\naaa aaa\n");
	}
	(void)close(one);
	(void)close(two);
	finish(&b);
}

static void
a_part_of_a_line_waits_but_not_for_long(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	autoclose int one = open_stream(&b, 0, 1, NULL);
	autoclose int two = open_stream(&b, 1, 1, NULL);
	ask(&b, 0, &msg);

	put(one, "password: ");

	expect_text(b.out[0], "password: ");
	put(two, "x\n");
	expect_text(b.out[0], "x\n");
	finish(&b);
}

static void
a_long_line_passes_whole_and_in_order(void **unused)
{
	(void)unused;
	enum { LEN = 700 * 1024 };
	autofree char *line = malloc(LEN);
	autofree char *got = malloc(LEN);
	struct wire_msg msg;
	struct bench b;
	for (size_t i = 0; i < LEN; i++)
		line[i] = (char)('a' + i % 23);
	line[LEN - 1] = '\n';
	begin(&b);
	start_scribe(&b);
	autoclose int one = open_stream(&b, 0, 1, NULL);
	autoclose int two = open_stream(&b, 1, 1, NULL);

	assert_int_equal(fd_write_all(one, line, LEN), 0);
	get(b.out[0], got, LEN);

	assert_memory_equal(got, line, LEN);
	ask(&b, 0, &msg);
	assert_int_equal(msg.field[SCRIBE_TAIL_OUT].len, WIRE_TAIL_MAX / 2);
	put(two, "short\n");
	expect_text(b.out[0], "short\n");
	finish(&b);
}

static void
a_stop_ends_it_when_the_last_writer_has_gone(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	int out = open_stream(&b, 0, 1, NULL);

	stop(&b, 60000);
	put(out, "good bye\n");
	expect_text(b.out[0], "good bye\n");
	(void)close(out);

	hear(&b, WIRE_SCRIBE_EOF, &msg);
	finish(&b);
}

static void
a_stop_does_not_wait_for_ever(void **unused)
{
	(void)unused;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	autoclose int out = open_stream(&b, 0, 1, NULL);
	put(out, "an orphan holds on");

	stop(&b, 20);

	expect_text(b.out[0], "an orphan holds on");
	assert_int_equal(exit_status(&b), 0);
	start_scribe(&b); /* for finish to end */
	finish(&b);
}

static void
without_pid_1_it_passes_on_what_is_there_and_ends(void **unused)
{
	(void)unused;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	autoclose int out = open_stream(&b, 0, 1, NULL);

	put(out, "last\nwords");
	(void)close(b.channel);

	assert_int_equal(exit_status(&b), 0);
	expect_text(b.out[0], "last\nwords");
	start_scribe(&b);
	finish(&b);
}

/* PID 1's last steps: it tells of the pipes, goes, and the reader is slow. */
static void
the_end_waits_for_a_slow_reader_of_the_last_burst(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(40000, &len);
	autofree char *got = malloc(len);
	struct bench b;
	begin(&b);
	start_scribe(&b);

	int out = open_stream(&b, 0, 1, NULL);
	int err = open_stream(&b, 0, 2, NULL);
	assert_int_equal(fd_write_all(out, text, len), 0);
	put(err, "why it ended");
	(void)close(out);
	(void)close(err);
	(void)close(b.channel);

	get(b.out[0], got, len);
	assert_memory_equal(got, text, len);
	expect_text(b.err[0], "why it ended\n");
	assert_int_equal(exit_status(&b), 0);
	start_scribe(&b);
	finish(&b);
}

static void
the_end_does_not_wait_for_a_reader_that_stands_still(void **unused)
{
	(void)unused;
	size_t len;
	autofree char *text = numbered_lines(40000, &len);
	struct bench b;
	begin(&b);
	start_scribe(&b);
	autoclose int out = open_stream(&b, 0, 1, NULL);
	assert_int_equal(fd_write_all(out, text, len), 0);

	int64_t start = clock_ms();
	(void)close(b.channel);

	assert_int_equal(exit_status(&b), 0);
	assert_in_range(clock_ms() - start, 900, 5000);
	start_scribe(&b);
	finish(&b);
}

static int
open_files(pid_t pid)
{
	char path[64];
	int count = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

static void
no_descriptor_is_left_behind(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	ask(&b, 0, &msg);
	int before = open_files(b.pid);

	for (int i = 0; i < 300; i++) {
		int fd = open_stream(&b, i % SERVICES, 1 + i % 2, NULL);
		put(fd, "x\n");
		(void)close(fd);
		hear(&b, WIRE_SCRIBE_EOF, &msg);
	}

	assert_int_equal(open_files(b.pid), before);
	finish(&b);
}

static long
times_it_woke(pid_t pid)
{
	char path[64];
	char text[4096] = "";
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd_read_full(fd, text, sizeof(text) - 1) > 0);
	const char *line = strstr(text, "\nvoluntary_ctxt_switches:");
	assert_non_null(line);
	return strtol(strchr(line, ':') + 1, NULL, 10);
}

static void
it_sleeps_while_nothing_happens(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	struct bench b;
	begin(&b);
	start_scribe(&b);
	autoclose int one = open_stream(&b, 0, 1, NULL);
	autoclose int two = open_stream(&b, 1, 1, NULL);
	put(one, "a part");
	expect_text(b.out[0], "a part");
	ask(&b, 0, &msg);
	(void)poll(NULL, 0, 100);

	long before = times_it_woke(b.pid);
	(void)poll(NULL, 0, 300);

	assert_int_equal(times_it_woke(b.pid), before);
	finish(&b);
}

static void
what_makes_no_sense_ends_it(void **unused)
{
	(void)unused;
	const struct {
		int64_t id;
		int service, channel;
	} cases[] = { { 0, 0, 1 }, { 1, SERVICES, 1 }, { 1, 0, 0 } };
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench b;
		begin(&b);
		start_scribe(&b);
		tell_of(&b, cases[i].id, cases[i].service, cases[i].channel,
		    b.out[0]);
		assert_int_equal(exit_status(&b), 70);
		start_scribe(&b);
		finish(&b);
	}
}

/* A question to the scribe; its answer as a text that lasts until the next. */
static const char *
read_from(struct bench *b, int64_t from, bool last_too, struct wire_msg *ret)
{
	say(b, &(struct wire_msg){
		   .type = WIRE_SCRIBE_READ,
		   .serial = 77,
		   .fd = -1,
		   .field = { [SCRIBE_READ_SERVICE] = WIRE_NUM(1),
		       [SCRIBE_READ_CHANNEL] = WIRE_NUM(1),
		       [SCRIBE_READ_FROM] = WIRE_NUM(from),
		       [SCRIBE_READ_LAST_TOO] = WIRE_NUM(last_too) },
	       });
	hear(b, WIRE_SCRIBE_TEXT, ret);
	assert_int_equal(ret->serial, 77);
	return ret->field[SCRIBE_TEXT_TEXT].ptr;
}

#define FROM(m) ((m).field[SCRIBE_TEXT_FROM].num)
#define NEXT(m) ((m).field[SCRIBE_TEXT_NEXT].num)
#define MORE(m) ((m).field[SCRIBE_TEXT_MORE].num)

static void
begin_reading(struct bench *b, struct ring *ring)
{
	begin(b);
	assert_int_equal(ring_attach(ring, b->ring, SERVICES), 0);
	assert_true(ring_begin(ring, 1, 1, 1, true));
	start_scribe(b);
}

static void
a_reader_gets_whole_lines_and_no_part_of_a_secret(void **unused)
{
	(void)unused;
	static const char text[] = "one\nis swordfish-9!\nthree";
	struct bench b;
	struct ring ring;
	struct wire_msg m;
	begin_reading(&b, &ring);
	say(&b,
	    &(struct wire_msg){
		.type = WIRE_SCRIBE_SECRET,
		.fd = -1,
		.field = { [SCRIBE_SECRET_VALUE] = WIRE_STR("swordfish-9") },
	    });
	ring_append(&ring, 1, 1, text, sizeof(text) - 1);

	assert_string_equal(
	    read_from(&b, 0, false, &m), "one\nis [redacted]!\n");
	assert_int_equal(NEXT(m), 20);
	assert_false(MORE(m));
	assert_string_equal(read_from(&b, 20, false, &m), "");
	assert_int_equal(NEXT(m), 20);
	assert_string_equal(read_from(&b, 20, true, &m), "three");
	/* from the middle of a line, of the secret: nothing of that line */
	for (int from = 5; from < 20; from++) {
		assert_string_equal(read_from(&b, from, false, &m), "");
		assert_int_equal(FROM(m), 20);
	}
	assert_string_equal(read_from(&b, 1, false, &m), "is [redacted]!\n");
	ring_append(&ring, 1, 1, " and\n", 5);
	assert_string_equal(read_from(&b, 20, false, &m), "three and\n");
	assert_int_equal(NEXT(m), 30);
	assert_string_equal(read_from(&b, 99999, false, &m), "");
	assert_int_equal(NEXT(m), 30);
	ring_detach(&ring);
	finish(&b);
}

static void
a_reader_comes_to_the_end_whatever_was_written(void **unused)
{
	(void)unused;
	static char line[20000];
	struct bench b;
	struct ring ring;
	struct wire_msg m;
	begin_reading(&b, &ring);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 4; i++) {
		ring_append(&ring, 1, 1, line, sizeof(line));
		ring_append(&ring, 1, 1, "short\n", 6);
	}
	ring_append(&ring, 1, 1, line, 100);

	int64_t next = 0;
	int shorts = 0, questions = 0;
	do {
		shorts +=
		    strstr(read_from(&b, next, false, &m), "short\n") != NULL;
		assert_true(FROM(m) >= next && NEXT(m) >= next);
		next = NEXT(m);
		assert_true(++questions < 50);
	} while (MORE(m));
	assert_int_equal(shorts, 4);
	assert_int_equal(next, 4 * 20006);
	ring_detach(&ring);
	finish(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_streams_pass_untouched),
		cmocka_unit_test(a_burst_of_a_writer_that_dies_at_once_arrives),
		cmocka_unit_test(
		    a_blocked_stdout_does_not_delay_the_last_words),
		cmocka_unit_test(nor_does_one_that_cannot_be_opened_again),
		cmocka_unit_test(
		    a_killed_scribe_is_followed_by_one_that_goes_on),
		cmocka_unit_test(a_new_scribe_still_has_the_last_words),
		cmocka_unit_test(a_scribe_killed_at_work_loses_one_handful),
		cmocka_unit_test(secrets_are_masked_in_the_last_words_only),
		cmocka_unit_test(the_last_line_gets_its_newline),
		cmocka_unit_test(the_last_words_are_those_of_the_last_life),
		cmocka_unit_test(an_app_survives_that_nobody_reads_its_log),
		cmocka_unit_test(a_full_disk_stops_nobody),
		cmocka_unit_test(a_file_and_a_socket_are_written_to_as_well),
		cmocka_unit_test(services_take_turns_at_the_ends_of_lines),
		cmocka_unit_test(a_part_of_a_line_waits_but_not_for_long),
		cmocka_unit_test(a_long_line_passes_whole_and_in_order),
		cmocka_unit_test(a_stop_ends_it_when_the_last_writer_has_gone),
		cmocka_unit_test(a_stop_does_not_wait_for_ever),
		cmocka_unit_test(
		    without_pid_1_it_passes_on_what_is_there_and_ends),
		cmocka_unit_test(
		    the_end_waits_for_a_slow_reader_of_the_last_burst),
		cmocka_unit_test(
		    the_end_does_not_wait_for_a_reader_that_stands_still),
		cmocka_unit_test(no_descriptor_is_left_behind),
		cmocka_unit_test(it_sleeps_while_nothing_happens),
		cmocka_unit_test(
		    a_reader_gets_whole_lines_and_no_part_of_a_secret),
		cmocka_unit_test(
		    a_reader_comes_to_the_end_whatever_was_written),
		cmocka_unit_test(what_makes_no_sense_ends_it),
	};
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
