/* The table and the JSON of cradle status, in a pipe and on a terminal. */
#include "commands.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 10000

static void
status_is_a_table_that_a_pipe_can_read(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();

	struct said s = COMMAND("status");

	assert_int_equal(s.code, 0);
	assert_string_equal(s.err, "");
	assert_ptr_equal(strstr(s.out, "cella test: ready, up "), s.out);
	assert_null(strchr(s.out, '\033'));
	const char *heads = strstr(s.out, "\nNAME ");
	assert_non_null(heads);
	char phase[16];
	int pid = 0, restarts = -1, seconds = 0;
	const char *row = strstr(heads, "\napi ");
	assert_non_null(row);
	assert_int_equal(sscanf(row, " api %15s %d %d.%*d s %*d.%*d MB %d",
			     phase, &pid, &seconds, &restarts),
	    4);
	assert_string_equal(phase, "ready");
	assert_true(pid > 1);
	assert_int_equal(restarts, 0);
	assert_non_null(strstr(row, "\nworker "));
	commands_stop(ns);
}

/* The keys of a JSON text in their order, without any value. */
static char *
keys_of(const char *json)
{
	char *keys = scratch_text("%s", json);
	char *to = keys;
	for (const char *p = json; (p = strchr(p, '"')) != NULL;) {
		const char *end = strchr(++p, '"');
		assert_non_null(end);
		if (end[1] == ':') {
			memmove(to, p, (size_t)(end - p));
			to += end - p;
			*to++ = ' ';
		}
		p = end + 1;
	}
	*to = '\0';
	return keys;
}

static void
json_is_what_the_health_port_gives_and_no_value_shows(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns = commands_start(commands_socket(),
	    scratch_text("\"health\": { \"listen\": \"127.0.0.1:%d\" },", port),
	    (struct ns_options){ 0 });
	struct probe_reply reply = probe_until(ns, port, "/status", 200, SOON);

	struct said s = COMMAND("status", "--json");

	assert_int_equal(s.code, 0);
	assert_string_equal(keys_of(s.out), keys_of(reply.body));
	assert_non_null(strstr(s.out, "\"name\":\"worker\""));
	assert_null(strstr(s.out, COMMANDS_CANARY));
	assert_null(strstr(COMMAND("status").out, COMMANDS_CANARY));
	commands_stop(ns);
}

/* Its parent lives: nobody but it can wait for it, and people should know. */
static void
zombies_that_a_service_leaves_lying_are_shown(void **state)
{
	(void)state;
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": {\n"
	    "  \"api\": { \"command\": [\"sh\", \"-c\",\n"
	    "    \"sleep 0 & exec sleep 4001\"] } } }\n",
	    commands_socket());
	struct ns *ns = ns_run(NS_LIST("-c", file));
	(void)proc_await(ns, "sleep 4001", 0, SOON);

	for (int64_t until = ns_now_ms() + SOON;;) {
		struct said s = COMMAND("status");
		if (strstr(s.out, "ZOMBIES") != NULL)
			break;
		assert_true(ns_now_ms() < until);
	}

	assert_non_null(
	    strstr(COMMAND("status", "--json").out, "\"zombies\":1,"));
	commands_stop(ns);
	ns = commands_start_usual();
	assert_null(strstr(COMMAND("status").out, "ZOMBIES"));
	commands_stop(ns);
}

static void
watch_prints_a_table_per_change(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	struct ns *watch = ns_start(&(struct ns_options){
	    .args = NS_LIST("status", "--watch"),
	    .env = NS_LIST(ns_path(),
		scratch_text("CRADLE_CONTROL=%s", commands_socket())),
	    .plain = true,
	});
	ns_expect_line(watch, "worker  ready", SOON);

	assert_int_equal(COMMAND("stop", "worker").code, 0);

	ns_expect_line(watch, "worker  stopped", SOON);
	assert_int_equal(ns_count(watch, "NAME "), 2);
	ns_signal(watch, SIGINT);
	assert_int_equal(ns_exit_status(watch, SOON), 0);
	ns_end(watch);
	commands_stop(ns);
}

struct screen {
	int master;
	struct ns *ns;
	char text[65536]; /* all that was written to it */
	size_t len;
};

/* A command whose stdout is a terminal. */
static void
screen_open(struct screen *s, const char *term, char *const args[])
{
	char *words[16] = { NULL, "--", scratch_cradle() };
	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (s->master == -1) {
		print_message("# skipped: no terminal can be made here\n");
		skip();
	}
	assert_int_equal(grantpt(s->master), 0);
	assert_int_equal(unlockpt(s->master), 0);
	words[0] = scratch_text("stdout=%s", ptsname(s->master));
	for (size_t i = 0; args[i] != NULL; i++)
		words[i + 3] = args[i];
	s->len = 0;
	s->ns = ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .args = words,
	    .env = NS_LIST(ns_path(), scratch_text("TERM=%s", term),
		scratch_text("CRADLE_CONTROL=%s", commands_socket())),
	    .plain = true,
	});
}

static void
screen_expect(struct screen *s, const char *text, int ms)
{
	int64_t until = ns_now_ms() + ms;

	s->text[s->len] = '\0';
	while (strstr(s->text, text) == NULL) {
		struct pollfd p = { s->master, POLLIN, 0 };
		int64_t left = until - ns_now_ms();
		if (left <= 0)
			ns_fail(s->ns, "no \"%s\" in:\n%s", text, s->text);
		if (poll(&p, 1, (int)left) == 1) {
			ssize_t n = read(s->master, s->text + s->len,
			    sizeof(s->text) - 1 - s->len);
			s->len += n > 0 ? (size_t)n : 0;
			s->text[s->len] = '\0';
		}
	}
}

static void
screen_close(struct screen *s)
{
	(void)close(s->master);
	ns_end(s->ns);
}

static void
status_has_colours_on_a_terminal_that_knows_them(void **state)
{
	static const char *const terms[] = { "xterm", "dumb" };
	static struct screen s;

	(void)state;
	struct ns *ns = commands_start_usual();
	for (size_t i = 0; i < 2; i++) {
		screen_open(&s, terms[i], NS_LIST("status"));
		screen_expect(&s, "worker  ", SOON);
		assert_int_equal(ns_exit_status(s.ns, SOON), 0);
		bool coloured = strstr(s.text, "\033[32mready\033[0m") != NULL;
		assert_int_equal(coloured, i == 0);
		if (!coloured)
			assert_null(strchr(s.text, '\033'));
		screen_close(&s);
	}
	commands_stop(ns);
}

static void
watch_draws_over_its_last_picture_and_leaves_the_terminal_as_it_was(
    void **state)
{
	static struct screen s;

	(void)state;
	struct ns *ns = commands_start_usual();
	screen_open(&s, "dumb", NS_LIST("status", "--watch"));
	screen_expect(&s, "\033[?7l\033[H\033[2J", SOON);
	screen_expect(&s, "worker  ready", SOON);
	assert_int_equal(COMMAND("stop", "worker").code, 0);

	screen_expect(&s, "worker  stopped", SOON);

	assert_non_null(strstr(s.text, "\033[K\r\n"));
	assert_null(strstr(strstr(s.text, "\033[2J") + 1, "\033[2J"));
	ns_signal(s.ns, SIGINT);
	screen_expect(&s, "\033[?7h", SOON);
	assert_int_equal(ns_exit_status(s.ns, SOON), 0);
	screen_close(&s);
	commands_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(status_is_a_table_that_a_pipe_can_read),
		NS_TEST(json_is_what_the_health_port_gives_and_no_value_shows),
		NS_TEST(zombies_that_a_service_leaves_lying_are_shown),
		NS_TEST(watch_prints_a_table_per_change),
		NS_TEST(status_has_colours_on_a_terminal_that_knows_them),
		NS_TEST(
		    watch_draws_over_its_last_picture_and_leaves_the_terminal_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
