/*
 * Held sockets: a restart that refuses nobody, whatever cradle's circumstances.
 */
#include "fault.h"
#include "load.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define CLIENTS 4

static char *
port_text(const char *kind)
{
	return scratch_text("%s%d", kind, probe_free_port());
}

/* While the file is there, the next life of `serves` does not come to bind. */
static char *
mute(void)
{
	return scratch_write("mute", "%s", "");
}

/* Its next life is there, and mute. */
static void
die_muted(struct ns *ns, const char *app)
{
	(void)mute();
	pid_t pid = scene_service(ns, app, ns->pid);
	scene_kill(ns, pid);
	ns_expect_line(ns, "boot ", SOON);
}

static void
speak_again(void)
{
	assert_int_equal(unlink(scratch_text("%s/mute", scratch_dir())), 0);
}

static struct ns *
start_mutable(const char *at, const char *keys, const char *top)
{
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--mute",
		scratch_text("%s/mute", scratch_dir()), (char *)at),
	    .keys = keys,
	    .top = top,
	});

	ns_expect_line(ns, "listening ", SOON);
	return ns;
}

/* Die so often under load, and tell what it cost. */
static void
die_under_load(struct ns *ns, const char *at, int deaths)
{
	int first = load_await(ns, at, 0, SOON);

	load_start(at, CLIENTS);
	for (int i = 0; i < deaths; i++) {
		load_await_answers(ns, 20, SOON);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
		load_await_answers(ns, 2 * CLIENTS, SOON);
	}
	struct load_count c = load_stop();
	load_assert_kind(ns, c, deaths * CLIENTS);
	assert_int_not_equal(load_await(ns, at, 0, SOON), first);
}

static void
a_death_under_load_refuses_nobody(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	die_under_load(ns, at, 10);
	scene_stop(ns);
}

static void
deaths_in_the_middle_of_a_boot_refuse_nobody(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), "--delay-boot", "4",
	    "--delay-listen", "4", at);
	pid_t pid = 0;

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	for (int i = 0; i < 40; i++) {
		pid = scene_service(ns, "/serves", pid);
		/* before bind, between bind and listen, and after it */
		(void)poll(NULL, 0, i % 14);
		(void)kill(pid, SIGKILL);
	}
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), 40 * CLIENTS);
	scene_stop(ns);
}

static void
the_queue_is_answered_by_the_next_life(void **state)
{
	char *at = port_text("");
	struct ns *ns = start_mutable(at, NULL, NULL);
	int first = load_once(at, SOON).pid;
	int queued[3];

	(void)state;
	die_muted(ns, "/serves");
	for (int i = 0; i < 3; i++)
		queued[i] = load_ask(at, "/");
	speak_again();

	for (int i = 0; i < 3; i++) {
		assert_true(queued[i] >= 0);
		struct load_answer a = load_hear(queued[i], SOON);
		assert_int_equal(a.end, LOAD_ANSWERED);
		assert_int_not_equal(a.pid, first);
	}
	scene_stop(ns);
}

/* ---- when the queue is closed ---- */

static void
the_hold_time_is_over_at_last(void **state)
{
	char *at = port_text("");
	struct ns *ns =
	    start_mutable(at, NULL, "\"handover\": { \"hold\": \"400ms\" },");

	(void)state;
	die_muted(ns, "/serves");
	int64_t begun = ns_now_ms();
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);

	assert_int_equal(load_hear(queued, SOON).end, LOAD_RESET);
	assert_in_range(ns_now_ms() - begun, 200, 3000);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	/* and the life that comes too late binds as it would without */
	speak_again();
	ns_expect_line(ns, "listening ", SOON);
	assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
	scene_stop(ns);
}

static void
giving_up_closes_the_queue(void **state)
{
	char *at = port_text("");
	char *broken = scratch_text("%s/broken", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--broken", broken, at),
	    .keys = "\"restart\": { \"delay\": \"1ms\","
		    " \"delay_max\": \"1ms\", \"window_failures\": 3,"
		    " \"give_up\": \"exit\" }, \"essential\": false",
	    .top = "\"tasks\": {},",
	});

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	(void)scratch_write("broken", "%s", "");
	assert_int_equal(
	    kill(scene_service(ns, "/serves", ns->pid), SIGKILL), 0);

	load_until(ns, at, LOAD_REFUSED, SOON);
	ns_end(ns);
}

static void
lives_that_fail_do_not_prolong_it(void **state)
{
	char *at = port_text("");
	char *broken = scratch_text("%s/broken", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), "--broken", broken, at),
	    .keys = "\"restart\": { \"delay\": \"50ms\","
		    " \"delay_max\": \"50ms\", \"window_failures\": 1000 }",
	    .top = "\"handover\": { \"hold\": \"400ms\" },",
	});

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	(void)scratch_write("broken", "%s", "");
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);

	assert_int_equal(load_hear(queued, SOON).end, LOAD_RESET);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	scene_stop(ns);
}

static void
a_stop_closes_the_queue_before_the_service_has_drained(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), "--drain", "600", at);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "draining ", SOON);

	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	assert_int_equal(ns_count(ns, "drained "), 0);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
a_stop_while_nobody_listens_cuts_the_queue_off(void **state)
{
	char *at = port_text("");
	struct ns *ns = start_mutable(at, NULL, NULL);

	(void)state;
	die_muted(ns, "/serves");
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);
	ns_signal(ns, SIGTERM);

	assert_int_equal(load_hear(queued, SOON).end, LOAD_RESET);
	(void)ns_exit_status(ns, SOON);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	ns_end(ns);
}

static void
a_service_that_is_stopped_by_hand_is_not_held(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	assert_int_equal(scene_command(NS_LIST("stop", "web")).code, 0);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	assert_int_equal(scene_command(NS_LIST("start", "web")).code, 0);
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

/* ---- what the program sees ---- */

static int
taken_port(int *ret_fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*ret_fd, (void *)&at, len), 0);
	assert_int_equal(listen(*ret_fd, 1), 0);
	assert_int_equal(getsockname(*ret_fd, (void *)&at, &len), 0);
	return ntohs(at.sin_port);
}

static void
a_port_that_somebody_has_is_in_use(void **state)
{
	int fd;
	char *at = scratch_text("%d", taken_port(&fd));
	struct ns *ns = SCENE(scratch_app("binds"), "taken", at);

	(void)state;
	ns_expect_line(ns, scratch_text("bind %d", EADDRINUSE), SOON);
	ns_expect_line(ns, "up ", SOON);
	(void)close(fd);
	scene_stop(ns);
}

/* One line of the program in its first life and in its second. */
static void
in_both_lives(char *how, const char *at, const char *line)
{
	struct ns *ns = SCENE(scratch_app("binds"), how, (char *)at);

	for (int life = 0; life < 2; life++) {
		if (line != NULL)
			ns_expect_line(ns, line, SOON);
		ns_expect_line(ns, "up ", SOON);
		assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
		if (life == 0)
			scene_kill(ns, scene_service(ns, "/binds", ns->pid));
	}
	scene_stop(ns);
}

static void
an_address_is_given_once_in_a_life(void **state)
{
	(void)state;
	in_both_lives(
	    "twice", port_text(""), scratch_text("second %d\n", EADDRINUSE));
}

/* Another process of the service, where PID 1 may not look as itself. */
static void
an_address_is_given_once_to_all_of_a_user(void **state)
{
	char *at = port_text("");

	(void)state;
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_copy(scratch_app("binds")), "child", at),
	    .keys = "\"user\": \"65534\"",
	    .confined = NS_LIST("caps=docker"),
	});
	for (int life = 0; life < 2; life++) {
		ns_expect_line(
		    ns, scratch_text("second %d\n", EADDRINUSE), SOON);
		ns_expect_line(ns, "up ", SOON);
		if (life == 0)
			scene_kill(ns, scene_service(ns, "/binds", ns->pid));
	}
	scene_stop(ns);
}

static void
a_client_may_bind_the_same_address_again(void **state)
{
	struct ns *ns = SCENE(scratch_app("binds"), "client", port_text(""));

	(void)state;
	ns_expect_line(ns, "second 0\n", SOON);
	scene_stop(ns);
}

/* Where the kernel begins a call that waits for us anew: before Linux 5.19. */
static void
signals_do_not_spoil_a_bind(void **state)
{
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("binds"), "signals", port_text("")),
	    .confined = NS_LIST("flags"),
	});

	(void)state;
	ns_expect_line(ns, "failures 0\n", SOON);
	scene_stop(ns);
}

/* One that cradle has opened blocks, unless who binds it wants another. */
static void
a_socket_that_cradle_opened_does_not_block_who_binds_it(void **state)
{
	char *at = port_text("");
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("binds"), "flags", at),
	    .keys = scratch_text("\"listen\": [\"127.0.0.1:%s\"]", at),
	});

	(void)state;
	ns_expect_line(ns, scratch_text("flags 1 1 %s 1\n", at), SOON);
	scene_stop(ns);
}

static void
a_bound_socket_cannot_be_bound_again(void **state)
{
	(void)state;
	in_both_lives(
	    "rebinds", port_text(""), scratch_text("second %d\n", EINVAL));
}

static void
what_was_closed_can_be_opened_again(void **state)
{
	(void)state;
	in_both_lives("again", port_text(""), NULL);
}

static void
a_thread_may_do_it(void **state)
{
	(void)state;
	in_both_lives("thread", port_text(""), NULL);
}

static void
the_socket_keeps_its_flags_its_name_and_its_number(void **state)
{
	char *at = port_text("");

	(void)state;
	in_both_lives("flags", at, scratch_text("flags 1 1 %s 1\n", at));
	in_both_lives("same", port_text(""), "number 0 0\n");
}

/* Held sockets share their flags: who wants a blocking one must get it. */
static void
a_blocking_socket_stays_one(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), "--blocking", at);

	(void)state;
	die_under_load(ns, at, 2);
	scene_stop(ns);
}

static void
it_may_bind_and_never_listen(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("binds"), "never", at);

	(void)state;
	for (int life = 0; life < 3; life++) {
		ns_expect_line(ns, "up ", SOON);
		assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
		scene_kill(ns, scene_service(ns, "/binds", ns->pid));
	}
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(ns_count(ns, "bind "), 0);
	scene_stop(ns);
}

static void
two_hundred_sockets_are_held(void **state)
{
	int port = 21000 + probe_free_port() % 8000;
	struct ns *ns = SCENE(scratch_app("serves"), "--sockets", "200",
	    scratch_text("%d", port));

	(void)state;
	int before = 0;

	for (int life = 0; life < 2; life++) {
		ns_expect_line(ns, "listening ", SOON);
		/* the first death is what the log is opened for */
		if (life == 1)
			before = scene_descriptors(ns);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
		for (int i = 0; i < 200; i += 7) {
			char *at = scratch_text("%d", port + i);
			assert_int_equal(
			    load_once(at, SOON).end, LOAD_ANSWERED);
		}
	}
	scene_await_descriptors(ns, before, SOON);
	scene_stop(ns);
}

static void
a_child_may_be_the_one_that_binds(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), "--child", at);

	(void)state;
	ns_expect_line(ns, "listening ", SOON);
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	scene_kill(ns, proc_await(ns, "/serves", ns->pid, SOON));
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), 2 * CLIENTS);
	scene_stop(ns);
}

static void
workers_share_what_their_parent_opened(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), "--workers", "3", at);

	(void)state;
	ns_expect_line(ns, "listening ", SOON);
	load_start(at, CLIENTS);
	for (int life = 0; life < 2; life++) {
		load_await_answers(ns, 20, SOON);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
		load_await_answers(ns, 20, SOON);
	}
	load_assert_kind(ns, load_stop(), 4 * CLIENTS);
	scene_stop(ns);
}

/* ---- which addresses ---- */

/* All of them at once, in the queue of nobody, and answered. */
static void
hold_all(struct ns *ns, char *const at[])
{
	int queued[8];
	size_t n = 0;

	ns_expect_line(ns, "listening ", SOON);
	die_muted(ns, "/serves");
	for (; at[n] != NULL; n++) {
		queued[n] = load_ask(at[n], "/");
		if (queued[n] < 0)
			ns_fail(ns, "%s: %s", at[n], strerror(-queued[n]));
	}
	speak_again();
	for (size_t i = 0; i < n; i++) {
		struct load_answer a = load_hear(queued[i], SOON);
		if (a.end != LOAD_ANSWERED)
			ns_fail(ns, "%s: outcome %d", at[i], (int)a.end);
	}
}

static struct ns *
start_on(char *const at[])
{
	static char *app[16];
	size_t n = 0;

	app[n++] = scratch_app("serves");
	app[n++] = "--mute";
	app[n++] = scratch_text("%s/mute", scratch_dir());
	while (*at != NULL)
		app[n++] = *at++;
	app[n] = NULL;
	return scene_start(&(struct scene){ .app = app });
}

static void
every_family_is_held(void **state)
{
	char *both = port_text("any:");
	char *const at[] = { port_text(""), port_text("6:"), port_text("dual:"),
		/* as nginx does it: both families on one port */
		both, scratch_text("only6:%s", strchr(both, ':') + 1),
		scratch_text("%s/socket", scratch_dir()),
		scratch_text("@cradle-test-%d", probe_free_port()), NULL };
	struct ns *ns = start_on(at);

	(void)state;
	hold_all(ns, at);
	hold_all(ns, at);
	scene_stop(ns);
}

static void
a_path_that_is_removed_before_bind_is_made_anew(void **state)
{
	char *at = scratch_text("%s/socket", scratch_dir());
	struct ns *ns = SCENE(scratch_app("serves"), "--unlink", at);

	(void)state;
	for (int life = 0; life < 3; life++) {
		ns_expect_line(ns, "listening ", SOON);
		assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	}
	ns_expect_line(ns, "listening ", SOON);
	scene_stop(ns);
}

static void
port_0_is_left_alone(void **state)
{
	struct ns *ns = SCENE(scratch_app("binds"), "zero", "0");

	(void)state;
	ns_expect_line(ns, "port ", SOON);
	char *at = scratch_text("%d", atoi(strstr(ns->out.data, "port ") + 5));
	assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
	scene_kill(ns, scene_service(ns, "/binds", ns->pid));
	ns_expect_line(ns, "port ", SOON);
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	scene_stop(ns);
}

static void
reuse_port_is_left_alone(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), "--reuse-port", "--mute",
	    scratch_text("%s/mute", scratch_dir()), at);

	(void)state;
	ns_expect_line(ns, "listening ", SOON);
	die_muted(ns, "/serves");
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	speak_again();
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

static void
thirty_two_bit_calls_are_left_alone(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("binds"), "ia32", at);

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	if (ns_has(ns, "no 32-bit calls")) {
		print_message("# skipped: no 32-bit system calls here\n");
		scene_stop(ns);
		skip();
	}
	assert_true(ns_has(ns, "ia32 0 0\n"));
	scene_kill(ns, scene_service(ns, "/binds", ns->pid));
	ns_expect_line(ns, "ia32 0 0\n", SOON);
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

static void
one_service_cannot_take_anothers_socket(void **state)
{
	char *at = port_text("");
	char *mutes = scratch_text("%s/mute", scratch_dir());
	char *file = scratch_write("two.json",
	    "{ \"services\": {\n"
	    "  \"web\": { \"command\":"
	    " [\"%s\", \"--mute\", \"%s\", \"%s\"] },\n"
	    "  \"thief\": { \"command\": [\"%s\", \"taken\", \"%s\"] } } }\n",
	    scratch_app("serves"), mutes, at, scratch_app("binds"), at);
	struct ns *ns = ns_run(NS_LIST("-c", file));

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	ns_expect_line(ns, "up ", SOON);
	die_muted(ns, "/serves");
	scene_kill(ns, scene_service(ns, "/binds", ns->pid));

	ns_expect_line(ns, scratch_text("bind %d", EADDRINUSE), SOON);
	speak_again();
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

/* ---- off, and PID 1's own bad luck ---- */

static void
without_handover_nothing_is_changed(void **state)
{
	char *at = port_text("");
	struct ns *ns = start_mutable(at, "\"handover\": \"off\"", NULL);
	pid_t pid = scene_service(ns, "/serves", ns->pid);

	(void)state;
	assert_int_equal(
	    proc_status(pid, "Seccomp"), proc_status(getpid(), "Seccomp"));
	assert_int_equal(proc_status(pid, "NoNewPrivs"),
	    proc_status(getpid(), "NoNewPrivs"));
	die_muted(ns, "/serves");
	assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
	speak_again();
	(void)load_await(ns, at, pid, SOON);
	scene_stop(ns);
}

static void
the_variable_turns_it_off_too(void **state)
{
	char *at = port_text("");
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("serves"), at),
	    .env = NS_LIST(ns_path(), "CRADLE_HANDOVER=off"),
	});

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	pid_t pid = scene_service(ns, "/serves", ns->pid);
	assert_int_equal(
	    proc_status(pid, "Seccomp"), proc_status(getpid(), "Seccomp"));
	scene_stop(ns);
}

static bool
is_waiting(struct ns *ns, void *arg)
{
	(void)arg;
	return proc_state(ns->pid) == 'S';
}

static void
rebirth(struct ns *ns)
{
	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, FAULT_JUMP);
	ns_expect_line(ns, "goes on in a new program", SOON);
}

static void
held_sockets_outlive_pid_1_itself(void **state)
{
	char *at = port_text("");
	struct ns *ns = start_mutable(at, NULL, NULL);

	(void)state;
	die_under_load(ns, at, 1);
	int before = scene_descriptors(ns);
	rebirth(ns);
	die_muted(ns, "/serves");
	int queued = load_ask(at, "/");
	assert_true(queued >= 0);

	rebirth(ns);
	assert_int_not_equal(load_once(at, 10).end, LOAD_REFUSED);
	speak_again();

	assert_int_equal(load_hear(queued, SOON).end, LOAD_ANSWERED);
	die_under_load(ns, at, 2);
	scene_await_descriptors(ns, before, SOON);
	scene_stop(ns);
}

static void
a_death_of_pid_1_under_load_refuses_nobody(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	(void)load_await(ns, at, 0, SOON);
	load_start(at, CLIENTS);
	load_await_answers(ns, 20, SOON);
	fault_make(ns, FAULT_JUMP);
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	load_await_answers(ns, 20, SOON);
	load_assert_kind(ns, load_stop(), CLIENTS);
	scene_stop(ns);
}

static void
descriptors_do_not_add_up(void **state)
{
	char *at = port_text("");
	struct ns *ns = SCENE(scratch_app("serves"), at);

	(void)state;
	die_under_load(ns, at, 1);
	int before = scene_descriptors(ns);
	die_under_load(ns, at, 20);
	scene_await_descriptors(ns, before, SOON);
	assert_int_equal(proc_zombies(ns), 0);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(a_death_under_load_refuses_nobody),
		LOAD_TEST(deaths_in_the_middle_of_a_boot_refuse_nobody),
		LOAD_TEST(the_queue_is_answered_by_the_next_life),
		LOAD_TEST(the_hold_time_is_over_at_last),
		LOAD_TEST(giving_up_closes_the_queue),
		LOAD_TEST(lives_that_fail_do_not_prolong_it),
		LOAD_TEST(
		    a_stop_closes_the_queue_before_the_service_has_drained),
		LOAD_TEST(a_stop_while_nobody_listens_cuts_the_queue_off),
		LOAD_TEST(a_service_that_is_stopped_by_hand_is_not_held),
		LOAD_TEST(a_port_that_somebody_has_is_in_use),
		LOAD_TEST(an_address_is_given_once_in_a_life),
		LOAD_TEST(an_address_is_given_once_to_all_of_a_user),
		LOAD_TEST(signals_do_not_spoil_a_bind),
		LOAD_TEST(a_client_may_bind_the_same_address_again),
		LOAD_TEST(
		    a_socket_that_cradle_opened_does_not_block_who_binds_it),
		LOAD_TEST(a_bound_socket_cannot_be_bound_again),
		LOAD_TEST(what_was_closed_can_be_opened_again),
		LOAD_TEST(a_thread_may_do_it),
		LOAD_TEST(the_socket_keeps_its_flags_its_name_and_its_number),
		LOAD_TEST(a_blocking_socket_stays_one),
		LOAD_TEST(it_may_bind_and_never_listen),
		LOAD_TEST(two_hundred_sockets_are_held),
		LOAD_TEST(a_child_may_be_the_one_that_binds),
		LOAD_TEST(workers_share_what_their_parent_opened),
		LOAD_TEST(every_family_is_held),
		LOAD_TEST(a_path_that_is_removed_before_bind_is_made_anew),
		LOAD_TEST(port_0_is_left_alone),
		LOAD_TEST(reuse_port_is_left_alone),
		LOAD_TEST(thirty_two_bit_calls_are_left_alone),
		LOAD_TEST(one_service_cannot_take_anothers_socket),
		LOAD_TEST(without_handover_nothing_is_changed),
		LOAD_TEST(the_variable_turns_it_off_too),
		LOAD_TEST(held_sockets_outlive_pid_1_itself),
		LOAD_TEST(a_death_of_pid_1_under_load_refuses_nobody),
		LOAD_TEST(descriptors_do_not_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
