/* A spare that has booted as far as its listen(), for a death to come. */
#include "fault.h"
#include "load.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define CALM 15000 /* until a new spare is parked, and more */
#define CLIENTS 4
#define SPARE "\"standby\": { \"when\": \"listen\", \"calm\": \"200ms\" }"
#define STANDBY "\"ready\": \"listen\", " SPARE

static char *
any_port(void)
{
	return scratch_text("%d", probe_free_port());
}

/* The pids of the service's processes: those that serve, and a spare. */
struct pair {
	pid_t serving;
	pid_t spare;
};

static pid_t
outside_pid(const struct ns *ns, int inside)
{
	pid_t pids[PROC_MAX];
	int count = proc_list(ns, pids, PROC_MAX);

	for (int i = 0; i < count; i++) {
		const char *line = proc_text(pids[i], "status", ' ');
		const char *at = line ? strstr(line, "\nNSpid:") : NULL;
		int outer = 0, inner = 0;
		if (at != NULL &&
		    sscanf(at, "\nNSpid: %d %d", &outer, &inner) == 2 &&
		    inner == inside)
			return pids[i];
	}
	return 0;
}

/* It stands in bind or listen, asleep, and has closed what it booted with. */
static bool
is_parked(struct ns *ns, void *arg)
{
	struct pair *pair = arg;

	pair->spare = proc_find(ns, "/serves", pair->serving);
	if (pair->spare <= 0 || proc_state(pair->spare) != 'S')
		return false;
	const char *call = proc_text(pair->spare, "syscall", ' ');
#if defined(__x86_64__)
	return call != NULL && strncmp(call, "50 ", 3) == 0;
#else
	return call != NULL && strncmp(call, "201 ", 4) == 0;
#endif
}

static struct pair
await_pair(struct ns *ns, const char *at, int but)
{
	struct pair pair = { 0 };

	pair.serving = outside_pid(ns, load_await(ns, at, but, SOON));
	ns_wait(ns, is_parked, &pair, CALM, "a spare is parked in listen");
	return pair;
}

static struct ns *
start(const char *at, const char *keys)
{
	return scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--mute",
		scratch_text("%s/mute", scratch_dir()), (char *)at),
	    .keys = keys,
	});
}

/* utime and stime, in clock ticks. */
static long
ticks(pid_t pid)
{
	const char *stat = proc_text(pid, "stat", ' ');
	long user = -1, system = -1;

	assert_non_null(stat);
	(void)sscanf(strrchr(stat, ')') + 1,
	    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
	    &system);
	return user + system;
}

/* It has neither run nor been woken by what others were asked. */
static void
does_nothing(struct ns *ns, const struct pair *pair, const char *at)
{
	long before = ticks(pair->spare);
	long switches = proc_status(pair->spare, "voluntary_ctxt_switches");

	load_start(at, CLIENTS);
	load_await_answers(ns, 500, SOON);
	struct load_count c = load_stop();
	load_assert_kind(ns, c, 0);
	assert_int_equal(outside_pid(ns, c.pid), pair->serving);
	assert_int_equal(ticks(pair->spare), before);
	assert_int_equal(
	    proc_status(pair->spare, "voluntary_ctxt_switches"), switches);
}

/* Whoever boots from now on does not get far: only the spare can answer. */
static void
takes_over(struct ns *ns, const struct pair *pair, const char *at)
{
	(void)scratch_write("mute", "%s", "");
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	scene_kill(ns, pair->serving);
	load_await_answers(ns, 100, SOON);

	load_assert_kind(ns, load_stop(), CLIENTS);
	int now = load_await(ns, at, 0, SOON);
	assert_int_equal(outside_pid(ns, now), pair->spare);
	assert_int_equal(unlink(scratch_text("%s/mute", scratch_dir())), 0);
}

static void
a_spare_waits_takes_over_and_is_replaced(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, STANDBY);

	(void)state;
	struct pair first = await_pair(ns, at, 0);
	int serving = load_await(ns, at, 0, SOON);
	assert_int_equal(ns_count(ns, "listening "), 1);
	does_nothing(ns, &first, at);
	struct scene_said said = scene_command(NS_LIST("status"));
	assert_int_equal(said.code, 0);
	assert_non_null(strstr(said.out, "parked"));
	takes_over(ns, &first, at);

	struct pair second = await_pair(ns, at, serving);
	assert_int_equal(second.serving, first.spare);
	assert_int_not_equal(second.spare, first.spare);
	takes_over(ns, &second, at);
	scene_stop(ns);
}

static bool
has_another_spare(struct ns *ns, void *arg)
{
	struct pair pair = *(struct pair *)arg;

	return is_parked(ns, &pair) &&
	       pair.spare != ((struct pair *)arg)->spare;
}

static void
an_old_spare_is_made_anew_and_stopped_with_the_service(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, "\"ready\": \"listen\", \"standby\":"
				  " { \"when\": \"listen\", \"calm\": "
				  "\"200ms\", \"max_age\": \"1s\" }");

	(void)state;
	struct pair pair = await_pair(ns, at, 0);
	int serving = load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	ns_wait(ns, has_another_spare, &pair, CALM, "another spare");

	load_assert_kind(ns, load_stop(), 0);
	assert_int_equal(load_await(ns, at, 0, SOON), serving);
	/* both go at once, and the spare has no say in the exit code */
	int64_t begun = ns_now_ms();
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	assert_in_range(ns_now_ms() - begun, 0, 2000);
	assert_int_equal(ns_count(ns, "draining "), 1);
	ns_end(ns);
}

static bool
is_waiting(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_state(ns->pid) == 'S';
}

static void
a_spare_that_never_listens_is_given_up_with_a_line(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, STANDBY ", \"start_timeout\": \"1s\"");

	(void)state;
	ns_expect_line(ns, "listening ", SOON);
	(void)scratch_write("mute", "%s", "");
	ns_expect_line(ns, "web has no spare", CALM);
	(void)load_await(ns, at, 0, SOON);
	assert_int_equal(ns_count(ns, "died of"), 0);
	scene_stop(ns);
}

/* Its boot is felt: clients would find it, and it would not accept. */
static void
a_program_that_moves_its_path_has_no_spare(void **state)
{
	char *at = scratch_text("%s/web.sock", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--rename", at),
	    .keys = SPARE,
	});
	int first = load_await(ns, at, 0, SOON);

	(void)state;
	ns_expect_line(ns, "web has no spare: its program moves", CALM);
	(void)load_await(ns, at, first, SOON);
	assert_int_equal(ns_count(ns, "died of"), 0);
	scene_stop(ns);
}

static void
a_program_that_removes_its_path_has_one(void **state)
{
	char *at = scratch_text("%s/web.sock", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--unlink", "--tidy", at),
	    .keys = SPARE,
	});

	(void)state;
	struct pair pair = await_pair(ns, at, 0);
	scene_kill(ns, pair.serving);
	ns_expect_line(ns, "its spare took over ", SOON);
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

/* It has the socket: as long as it lives nobody is refused. */
static void
a_spare_does_not_outlive_a_service_that_gave_up(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at,
	    STANDBY ", \"essential\": false,"
		    " \"restart\": { \"window_failures\": 1 } },"
		    " \"other\": { \"command\": [\"sleep\", \"600\"]");

	(void)state;
	struct pair pair = await_pair(ns, at, 0);
	scene_kill(ns, pair.serving);
	load_until(ns, at, LOAD_REFUSED, SOON);
	assert_int_equal(proc_find(ns, "/serves", 0), 0);
	ns_end(ns);
}

/* First PID 1 fails, then the spare dies, then the service. */
static void
a_spare_is_no_loss(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, STANDBY);

	(void)state;
	struct pair pair = await_pair(ns, at, 0);
	int serving = load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, FAULT_JUMP);
	ns_expect_line(ns, "goes on in a new program", SOON);
	load_await_answers(ns, 50, SOON);
	scene_kill(ns, pair.spare);
	load_await_answers(ns, 50, SOON);
	load_assert_kind(ns, load_now(), 0);
	assert_int_equal(load_now().pid, serving);
	scene_kill(ns, pair.serving);
	load_await_answers(ns, 50, SOON);

	load_assert_kind(ns, load_stop(), CLIENTS);
	(void)load_await(ns, at, serving, SOON);
	scene_stop(ns);
}

static void
a_spare_that_is_parked_outlives_pid_1_itself(void **state)
{
	char *at = any_port();
	struct ns *ns = start(at, STANDBY);

	(void)state;
	struct pair pair = await_pair(ns, at, 0);
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, FAULT_JUMP);
	ns_expect_line(ns, "goes on in a new program", SOON);
	takes_over(ns, &pair, at);
	scene_stop(ns);
}

/* A reload makes no use of what has been parked for who knows how long. */
static void
a_reload_brings_a_new_one_and_a_new_spare(void **state)
{
	char *at = any_port();
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--mute",
		scratch_text("%s/mute", scratch_dir()), at),
	    .keys = STANDBY,
	    .confined = NS_LIST("pidfd_getfd", "process_vm_readv"),
	});

	(void)state;
	struct pair pair = await_pair(ns, at, 0);
	int serving = load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	assert_int_equal(scene_command(NS_LIST("reload")).code, 0);
	load_await_answers(ns, 50, SOON);
	load_assert_kind(ns, load_stop(), 0);

	struct pair next = await_pair(ns, at, serving);
	assert_int_not_equal(next.serving, pair.spare);
	assert_int_not_equal(next.spare, pair.spare);
	takes_over(ns, &next, at);
	scene_stop(ns);
}

static bool
is_shown_as_parked(struct ns *ns, void *arg)
{
	(void)ns;
	(void)arg;
	return strstr(scene_command(NS_LIST("status")).out, "parked") != NULL;
}

/* Where Node's own protocol has to do: it waits for an answer to its listen. */
static void
a_spare_of_node_waits_without_notifications_too(void **state)
{
	char *at = any_port();
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(
		"node", scratch_tests("apps/node/frameworks.js"), "http", at),
	    .keys = STANDBY,
	    .confined = NS_LIST("gvisor"),
	});

	(void)state;
	int serving = load_await(ns, at, 0, SOON);
	ns_wait(ns, is_shown_as_parked, NULL, CALM, "a spare is parked");
	struct pair pair = { .serving = outside_pid(ns, serving) };
	pair.spare = proc_await(ns, "frameworks.js", pair.serving, SOON);
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	scene_kill(ns, pair.serving);
	load_await_answers(ns, 50, SOON);

	load_assert_kind(ns, load_stop(), 2 * CLIENTS);
	int now = load_await(ns, at, 0, SOON);
	assert_int_equal(outside_pid(ns, now), pair.spare);
	/* and a reload; the program does not drain at TERM, but dies of it */
	load_start(at, CLIENTS);
	assert_int_equal(scene_command(NS_LIST("reload")).code, 0);
	load_await_answers(ns, 50, SOON);
	load_assert_kind(ns, load_stop(), CLIENTS);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(a_spare_waits_takes_over_and_is_replaced),
		LOAD_TEST(
		    an_old_spare_is_made_anew_and_stopped_with_the_service),
		LOAD_TEST(a_spare_does_not_outlive_a_service_that_gave_up),
		LOAD_TEST(a_spare_is_no_loss),
		LOAD_TEST(a_spare_that_is_parked_outlives_pid_1_itself),
		LOAD_TEST(a_spare_that_never_listens_is_given_up_with_a_line),
		LOAD_TEST(a_program_that_moves_its_path_has_no_spare),
		LOAD_TEST(a_program_that_removes_its_path_has_one),
		LOAD_TEST(a_reload_brings_a_new_one_and_a_new_spare),
		LOAD_TEST(a_spare_of_node_waits_without_notifications_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
