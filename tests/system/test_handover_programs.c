/*
 * Held sockets: what a program sees of it, which knows nothing of that.
 */
#include "load.h"
#include "muted.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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
	    "twice", scene_port(""), scratch_text("second %d\n", EADDRINUSE));
}

/* Another process of the service, where PID 1 may not look as itself. */
static void
an_address_is_given_once_to_all_of_a_user(void **state)
{
	char *at = scene_port("");

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
	struct ns *ns = SCENE(scratch_app("binds"), "client", scene_port(""));

	(void)state;
	ns_expect_line(ns, "second 0\n", SOON);
	scene_stop(ns);
}

/* Where the kernel begins a call that waits for us anew: before Linux 5.19. */
static void
signals_do_not_spoil_a_bind(void **state)
{
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("binds"), "signals", scene_port("")),
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
	char *at = scene_port("");
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
	    "rebinds", scene_port(""), scratch_text("second %d\n", EINVAL));
}

static void
what_was_closed_can_be_opened_again(void **state)
{
	(void)state;
	in_both_lives("again", scene_port(""), NULL);
}

/* Clients would wait for nobody. */
static void
what_is_closed_is_refused_at_last(void **state)
{
	char *at = scene_port("");
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST(scratch_app("binds"), "closes", at),
	    .top = "\"handover\": { \"hold\": \"400ms\" },",
	});

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	load_until(ns, at, LOAD_REFUSED, SOON);
	assert_int_equal(ns_count(ns, "died"), 0);
	scene_stop(ns);
}

static void
a_parent_may_let_its_child_bind(void **state)
{
	(void)state;
	in_both_lives("vforks", scene_port(""), NULL);
}

static void
duplicates_are_one_socket(void **state)
{
	(void)state;
	in_both_lives("dups", scene_port(""), NULL);
}

static void
a_thread_may_do_it(void **state)
{
	(void)state;
	in_both_lives("thread", scene_port(""), NULL);
}

static void
a_thread_may_have_descriptors_of_its_own(void **state)
{
	(void)state;
	in_both_lives("private", scene_port(""), NULL);
}

static void
what_watches_it_before_bind_goes_on_watching(void **state)
{
	(void)state;
	in_both_lives("polls", scene_port(""), NULL);
}

static void
the_socket_keeps_its_flags_its_name_and_its_number(void **state)
{
	char *at = scene_port("");

	(void)state;
	in_both_lives("flags", at, scratch_text("flags 1 1 %s 1\n", at));
	in_both_lives("same", scene_port(""), "number 0 0\n");
}

/* Held sockets share their flags: who wants a blocking one must get it. */
static void
a_blocking_socket_stays_one(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), "--blocking", at);

	(void)state;
	load_deaths(ns, at, 2);
	scene_stop(ns);
}

static void
it_may_bind_and_never_listen(void **state)
{
	char *at = scene_port("");
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
	char *at = scene_port("");
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
	char *at = scene_port("");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(a_port_that_somebody_has_is_in_use),
		LOAD_TEST(an_address_is_given_once_in_a_life),
		LOAD_TEST(an_address_is_given_once_to_all_of_a_user),
		LOAD_TEST(signals_do_not_spoil_a_bind),
		LOAD_TEST(a_client_may_bind_the_same_address_again),
		LOAD_TEST(
		    a_socket_that_cradle_opened_does_not_block_who_binds_it),
		LOAD_TEST(a_bound_socket_cannot_be_bound_again),
		LOAD_TEST(what_was_closed_can_be_opened_again),
		LOAD_TEST(what_is_closed_is_refused_at_last),
		LOAD_TEST(a_parent_may_let_its_child_bind),
		LOAD_TEST(duplicates_are_one_socket),
		LOAD_TEST(what_watches_it_before_bind_goes_on_watching),
		LOAD_TEST(a_thread_may_do_it),
		LOAD_TEST(a_thread_may_have_descriptors_of_its_own),
		LOAD_TEST(the_socket_keeps_its_flags_its_name_and_its_number),
		LOAD_TEST(a_blocking_socket_stays_one),
		LOAD_TEST(it_may_bind_and_never_listen),
		LOAD_TEST(two_hundred_sockets_are_held),
		LOAD_TEST(a_child_may_be_the_one_that_binds),
		LOAD_TEST(workers_share_what_their_parent_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}