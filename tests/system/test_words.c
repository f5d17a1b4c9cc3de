#include "fake.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define WATCH_MS 1000
#define IDLE_MS 200

struct scene {
	struct stage_env env;
	struct fake *slack;
	struct fake *loki;
	char *file; /* a line for every life of speaks_and_waits */
	struct ns *ns;
};

static struct scene
set_scene(void)
{
	struct scene s = {
		.slack = stage_slack(""),
		.loki = stage_loki(""),
		.file = scratch_text("%s/lives", scratch_dir()),
	};

	stage_env_begin(&s.env);
	stage_env_slack(&s.env, s.slack);
	stage_env_loki(&s.env, s.loki);
	return s;
}

static void
run(struct scene *s, char *const args[])
{
	s->ns =
	    ns_start(&(struct ns_options){ .args = args, .env = s->env.item });
}

static void
stop(const struct scene *s, int code)
{
	ns_signal(s->ns, SIGTERM);
	assert_int_equal(ns_exit_status(s->ns, SOON), code);
	ns_end(s->ns);
}

/* Processor time that cradle itself has used. */
static long
used_ms(const struct ns *ns)
{
	unsigned long user = 0, kernel = 0;
	char *text = proc_text(ns->pid, "stat", ' ');

	assert_non_null(text);
	assert_int_equal(sscanf(strrchr(text, ')'),
			     ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
			     " %lu %lu",
			     &user, &kernel),
	    2);
	return (long)(user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
}

static void
expect_idle(struct ns *ns)
{
	int64_t until = ns_now_ms() + WATCH_MS;
	long before = used_ms(ns);

	while (ns_now_ms() < until)
		ns_pump(ns, (int)(until - ns_now_ms()) + 1);
	assert_in_range(used_ms(ns) - before, 0, IDLE_MS);
}

struct lives {
	const struct scene *scene;
	int count;
};

/* The scribe may be stopped: the file tells what the output cannot. */
static bool
have_spoken(struct ns *ns, void *arg)
{
	const struct lives *l = arg;
	char *text = scratch_read(l->scene->file);
	int lines = 0;

	(void)ns;
	for (; text != NULL && *text != '\0'; text++)
		lines += *text == '\n';
	return lines >= l->count;
}

/* The pid of life `count`, from outside, once its words are written. */
static pid_t
await_life(struct scene *s, int count, pid_t but)
{
	struct lives l = { s, count };

	ns_wait(s->ns, have_spoken, &l, SOON, "the words of a life");
	return proc_await(s->ns, "speaks_and_waits", but, SOON);
}

/* What the life called itself: its pid inside of the namespace. */
static char *
words_of(const struct scene *s, int count)
{
	char *text = scratch_read(s->file);
	int pid = 0;

	for (int i = 0; i < count; i++)
		pid = (int)strtol(text, &text, 10);
	return scratch_text("words of %d.", pid);
}

/* A fake's line number `count`, from 1. */
static char *
request(struct fake *fake, int count)
{
	char *at = fake->text;

	for (int i = 1; i < count; i++)
		at = strchr(at, '\n') + 1;
	return scratch_text("%.*s", (int)strcspn(at, "\n"), at);
}

static void
words_that_never_come_do_not_hold_up_the_event(void **state)
{
	struct scene s = set_scene();

	(void)state;
	run(&s, NS_LIST(scratch_app("speaks_and_waits"), s.file));
	pid_t app = await_life(&s, 1, 0);
	pid_t scribe = proc_await(s.ns, "cradle: scribe", 0, SOON);
	assert_int_equal(kill(scribe, SIGSTOP), 0);
	int64_t begun = ns_now_ms();

	assert_int_equal(kill(app, SIGKILL), 0);

	fake_expect(s.slack, 1, SOON);
	/* half a second for the words, the rest for courier and its TLS */
	assert_in_range(ns_now_ms() - begun, 0, 2000);
	assert_true(fake_has(s.slack, "SIGKILL"));
	assert_int_equal(kill(scribe, SIGCONT), 0);
	(void)await_life(&s, 2, app);
	stop(&s, 0);
}

/* Nor may they while no courier can be started that would take the events. */
static void
words_that_never_come_leave_cradle_idle(void **state)
{
	struct scene s = set_scene();
	char *cradle = scratch_copy(scratch_cradle());

	(void)state;
	s.ns = ns_start(&(struct ns_options){
	    .program = cradle,
	    .args = NS_LIST(scratch_app("speaks_and_waits"), s.file),
	    .env = s.env.item,
	});
	pid_t first = await_life(&s, 1, 0);
	pid_t scribe = proc_await(s.ns, "cradle: scribe", 0, SOON);
	assert_int_equal(kill(scribe, SIGSTOP), 0);
	assert_int_equal(chmod(cradle, 0644), 0);

	assert_int_equal(kill(first, SIGKILL), 0);
	pid_t second = await_life(&s, 2, first);
	assert_int_equal(kill(second, SIGKILL), 0);

	(void)await_life(&s, 3, second);
	ns_expect_line(s.ns, "courier: cannot execute it", SOON);
	expect_idle(s.ns);
	ns_end(s.ns);
}

/* Loki is told of every one; Slack folds what repeats. */
static void
late_words_are_not_given_to_the_next_event(void **state)
{
	struct scene s = set_scene();

	(void)state;
	run(&s, NS_LIST(scratch_app("speaks_and_waits"), s.file));
	pid_t first = await_life(&s, 1, 0);
	pid_t scribe = proc_await(s.ns, "cradle: scribe", 0, SOON);
	assert_int_equal(kill(scribe, SIGSTOP), 0);
	assert_int_equal(kill(first, SIGKILL), 0);
	fake_expect(s.loki, 1, SOON);
	pid_t second = await_life(&s, 2, first);

	assert_int_equal(kill(second, SIGKILL), 0);
	pid_t third = await_life(&s, 3, second);
	assert_int_equal(kill(scribe, SIGCONT), 0);

	fake_expect(s.loki, 2, SOON);
	assert_null(strstr(request(s.loki, 1), "words of"));
	assert_null(strstr(request(s.loki, 2), words_of(&s, 1)));
	assert_non_null(strstr(request(s.loki, 2), words_of(&s, 2)));
	assert_int_equal(kill(third, SIGKILL), 0);
	fake_expect(s.loki, 3, SOON);
	assert_null(strstr(request(s.loki, 3), words_of(&s, 1)));
	assert_null(strstr(request(s.loki, 3), words_of(&s, 2)));
	assert_non_null(strstr(request(s.loki, 3), words_of(&s, 3)));
	(void)await_life(&s, 4, third);
	stop(&s, 0);
}

/* Both sinks heard once, and of no life to come. */
static void
expect_no_next_life(const struct scene *s)
{
	assert_int_equal(fake_count(s->slack, "\"violations\":[]"), 1);
	assert_int_equal(fake_count(s->loki, "\"violations\":[]"), 1);
	assert_false(fake_has(s->slack, "next in"));
	assert_false(fake_has(s->slack, "at once"));
	assert_false(fake_has(s->loki, "next_ms"));
}

static void
policy_never_tells_that_no_life_follows(void **state)
{
	struct scene s = set_scene();

	(void)state;
	stage_env_add(&s.env, "CRADLE_RESTART=never");
	run(&s, NS_LIST(scratch_app("crash"), "3"));

	assert_int_equal(ns_exit_status(s.ns, SOON), 3);

	expect_no_next_life(&s);
	ns_end(s.ns);
}

static void
a_command_that_cannot_be_executed_tells_that_no_life_follows(void **state)
{
	struct scene s = set_scene();

	(void)state;
	run(&s, NS_LIST("/nowhere/to/be/found"));

	assert_int_equal(ns_exit_status(s.ns, SOON), 127);

	expect_no_next_life(&s);
	ns_end(s.ns);
}

static void
a_webhook_that_is_too_long_is_named_once_and_loki_is_told(void **state)
{
	struct fake *loki = stage_loki("");
	struct stage_env env;
	char *hook = scratch_write("hook", "https://127.0.0.1:1/%05000d", 0);

	(void)state;
	stage_env_begin(&env);
	stage_env_loki(&env, loki);
	stage_env_add(&env, "CRADLE_CA_FILE=%s/ca.pem", stage_tls());
	stage_env_add(&env, "CRADLE_SLACK_WEBHOOK=file://%s", hook);
	stage_env_add(&env, "CRADLE_RESTART=never");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(scratch_app("crash"), "3"),
	    .env = env.item,
	});
	ns_expect_line(ns, "born ", SOON);
	int64_t begun = ns_now_ms();

	assert_int_equal(ns_exit_status(ns, SOON), 3);

	assert_in_range(ns_now_ms() - begun, 0, 2000);
	assert_int_equal(ns_count(ns, "cannot use slack"), 1);
	assert_int_equal(fake_count(loki, "\"violations\":[]"), 1);
	assert_int_equal(fake_requests(loki), 1);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(words_that_never_come_do_not_hold_up_the_event),
		NS_TEST(words_that_never_come_leave_cradle_idle),
		NS_TEST(late_words_are_not_given_to_the_next_event),
		NS_TEST(policy_never_tells_that_no_life_follows),
		NS_TEST(
		    a_command_that_cannot_be_executed_tells_that_no_life_follows),
		NS_TEST(
		    a_webhook_that_is_too_long_is_named_once_and_loki_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
