/*
 * Held sockets: which addresses, and whose.
 */
#include "load.h"
#include "muted.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <errno.h>
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

/* ---- which addresses ---- */

/* All of them at once, in the queue of nobody, and answered. */
static void
hold_all(struct ns *ns, char *const at[])
{
	int queued[8];
	size_t n = 0;

	ns_expect_line(ns, "listening ", SOON);
	muted_die(ns, "/serves");
	for (; at[n] != NULL; n++) {
		queued[n] = load_ask(at[n], "/");
		if (queued[n] < 0)
			ns_fail(ns, "%s: %s", at[n], strerror(-queued[n]));
	}
	muted_speak();
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
	app[n++] = muted_path();
	while (*at != NULL)
		app[n++] = *at++;
	app[n] = NULL;
	return scene_start(&(struct scene){ .app = app });
}

static void
every_family_is_held(void **state)
{
	char *both = scene_port("any:");
	char *const at[] = { scene_port(""), scene_port("6:"),
		scene_port("dual:"),
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
a_path_that_is_removed_before_bind_keeps_its_queue(void **state)
{
	char *at = scratch_text("%s/socket", scratch_dir());
	struct ns *ns = SCENE(scratch_app("serves"), "--mute", muted_path(),
	    "--unlink", "--tidy", at);

	(void)state;
	for (int life = 0; life < 3; life++) {
		ns_expect_line(ns, "listening ", SOON);
		muted_die(ns, "/serves");
		int queued = load_ask(at, "/");
		assert_true(queued >= 0);
		muted_speak();
		assert_int_equal(load_hear(queued, SOON).end, LOAD_ANSWERED);
	}
	scene_stop(ns);
	assert_int_equal(access(at, F_OK), -1);
}

static void
load_who_asks(char *const app[], const char *at)
{
	struct ns *ns = scene_start(&(struct scene){ .app = app });

	load_deaths(ns, at, 3);
	assert_int_equal(ns_count(ns, "another one is there"), 0);
	scene_stop(ns);
}

static void
who_asks_whether_another_one_is_there_is_told_no(void **state)
{
	char *at = scratch_text("%s/socket", scratch_dir());

	(void)state;
	load_who_asks(
	    NS_LIST(scratch_app("serves"), "--ask", "--unlink", at), at);
}

/* A path of 25 bytes makes an address that is as long as one of IPv6. */
static void
so_is_who_asks_with_an_address_as_long_as_one_of_ipv6(void **state)
{
	char *at = scratch_text("%s/w", scratch_dir());

	(void)state;
	assert_int_equal(strlen(at), 25);
	load_who_asks(
	    NS_LIST(scratch_app("serves"), "--ask", "--exact", "--unlink", at),
	    at);
}

static void
a_folder_can_be_removed_with_its_socket(void **state)
{
	char *folder = scratch_text("%s/run", scratch_dir());
	char *at = scratch_text("%s/web.sock", folder);
	struct ns *ns = SCENE("sh", "-ec",
	    scratch_text("rm -rf %s; mkdir %s; exec %s %s", folder, folder,
		scratch_app("serves"), at));

	(void)state;
	for (int life = 0; life < 3; life++) {
		ns_expect_line(ns, "listening ", SOON);
		assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	}
	ns_expect_line(ns, "listening ", SOON);
	scene_stop(ns);
}

/* No path leads to what its last life bound: it must not be kept for long. */
static void
a_path_that_is_moved_into_place_is_not_kept(void **state)
{
	char *at = scratch_text("%s/web", scratch_dir());
	struct ns *ns = SCENE(
	    scratch_app("serves"), "--mute", muted_path(), "--rename", at);
	int held = 0;

	(void)state;
	for (int life = 0; life < 4; life++) {
		ns_expect_line(ns, "listening ", SOON);
		assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
		if (life == 1)
			held = scene_descriptors(ns);
		if (life == 3)
			break;
		muted_die(ns, "/serves");
		assert_int_equal(load_once(at, SOON).end, LOAD_REFUSED);
		muted_speak();
	}
	scene_await_descriptors(ns, held, SOON);
	scene_stop(ns);
}

/* As with HTTP/3, or a name server. */
static void
datagrams_beside_it_do_not_disturb(void **state)
{
	char *port = scene_port("any:");
	struct ns *ns = SCENE(scratch_app("serves"), "--udp", port);

	(void)state;
	load_deaths(ns, strchr(port, ':') + 1, 3);
	assert_int_equal(ns_count(ns, "bind"), 0);
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

/* Each process, or worker, has a socket of its own; one of them is held. */
static void
a_port_that_is_shared_is_held_once(void **state)
{
	char *at = scene_port("");
	struct ns *ns = SCENE(scratch_app("serves"), "--reuse-port", "--mute",
	    muted_path(), at, at);

	(void)state;
	for (int life = 0; life < 2; life++) {
		ns_expect_line(ns, "listening ", SOON);
		muted_die(ns, "/serves");
		int queued = load_ask(at, "/");
		assert_true(queued >= 0);
		muted_speak();
		assert_int_equal(load_hear(queued, SOON).end, LOAD_ANSWERED);
	}
	load_deaths(ns, at, 3);
	scene_stop(ns);
}

static void
thirty_two_bit_calls_are_held(void **state)
{
	static char *const ways[] = { "ia32", "socketcall" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		char *at = scene_port("");
		struct ns *ns = SCENE(scratch_app("binds"), ways[i], at);

		ns_expect_line(ns, "up ", SOON);
		if (ns_has(ns, "no 32-bit calls")) {
			print_message("# skipped: no 32-bit system calls\n");
			scene_stop(ns);
			skip();
		}
		assert_true(ns_has(ns, "ia32 0 0\n"));
		scene_kill(ns, scene_service(ns, "/binds", ns->pid));
		assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
		ns_expect_line(ns, "ia32 0 0\n", SOON);
		scene_stop(ns);
	}
}

static void
one_service_cannot_take_anothers_socket(void **state)
{
	char *at = scene_port("");
	char *mutes = muted_path();
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
	muted_die(ns, "/serves");
	scene_kill(ns, scene_service(ns, "/binds", ns->pid));

	ns_expect_line(ns, scratch_text("bind %d", EADDRINUSE), SOON);
	muted_speak();
	(void)load_await(ns, at, 0, SOON);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(every_family_is_held),
		LOAD_TEST(a_path_that_is_removed_before_bind_keeps_its_queue),
		LOAD_TEST(who_asks_whether_another_one_is_there_is_told_no),
		LOAD_TEST(
		    so_is_who_asks_with_an_address_as_long_as_one_of_ipv6),
		LOAD_TEST(a_folder_can_be_removed_with_its_socket),
		LOAD_TEST(a_path_that_is_moved_into_place_is_not_kept),
		LOAD_TEST(datagrams_beside_it_do_not_disturb),
		LOAD_TEST(port_0_is_left_alone),
		LOAD_TEST(a_port_that_is_shared_is_held_once),
		LOAD_TEST(thirty_two_bit_calls_are_held),
		LOAD_TEST(one_service_cannot_take_anothers_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}