#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 5000

/* Services, whose text is a JSON object's inside; health: where it listens. */
static struct ns *
run_services(const char *health, const char *services)
{
	char *file = scratch_write("cradle.json",
	    "{ \"health\": { \"listen\": \"%s\" }, \"services\": { %s } }\n",
	    health, services);

	return ns_run(NS_LIST("-c", file));
}

/* What bind and connect want; the socket is the caller's to close. */
static int
open_socket(const char *path, struct sockaddr_un *ret_at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd != -1);
	*ret_at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	assert_true(strlen(path) < sizeof(ret_at->sun_path));
	strcpy(ret_at->sun_path, path);
	return fd;
}

/* A socket's file that nobody listens at any more. */
static char *
leave_socket(const char *name)
{
	char *path = scratch_text("%s/%s", scratch_dir(), name);
	struct sockaddr_un at;
	int fd = open_socket(path, &at);

	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
	return path;
}

static bool
takes_connections(struct ns *ns, void *path)
{
	struct sockaddr_un at;
	int fd = open_socket(path, &at);
	int r = connect(fd, (const struct sockaddr *)&at, sizeof(at));

	(void)ns;
	(void)close(fd);
	return r == 0;
}

static void
a_socket_path_that_is_a_file_is_refused_and_kept(void **state)
{
	char *path = scratch_write("precious", "%s", "somebody's data\n");
	struct ns *ns;

	(void)state;
	ns = run_services(scratch_text("unix:%s", path),
	    scratch_text("\"one\": { \"command\": [\"%s\"] }",
		scratch_app("exit_7_on_term")));

	assert_int_equal(ns_exit_status(ns, SOON), 71);

	assert_int_equal(ns_count(ns, "cannot listen for probes on unix:"), 1);
	assert_int_equal(ns_count(ns, "up "), 0);
	assert_string_equal(scratch_read(path), "somebody's data\n");
	ns_end(ns);
}

static void
a_stale_socket_is_replaced(void **state)
{
	char *path = leave_socket("health.sock");
	struct ns *ns;

	(void)state;
	assert_false(takes_connections(NULL, path));
	ns = run_services(scratch_text("unix:%s", path),
	    scratch_text("\"one\": { \"command\": [\"%s\"] }",
		scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "up ", SOON);

	ns_wait(ns, takes_connections, path, SOON, "the socket");

	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
one_that_may_be_missing_and_cannot_start_harms_no_probe(void **state)
{
	int port = probe_free_port();
	struct ns *ns;

	(void)state;
	ns = run_services(scratch_text("127.0.0.1:%d", port),
	    scratch_text("\"main\": { \"command\": [\"%s\"] },"
			 "\"extra\": { \"command\": [\"/nowhere/at/all\"],"
			 " \"essential\": false }",
		scratch_app("exit_7_on_term")));
	ns_expect_line(ns, "cannot start extra", SOON);

	probe_until(ns, port, "/readyz", 200, SOON);

	assert_int_equal(probe_get(port, "/livez", SOON).status, 200);
	assert_int_equal(probe_get(port, "/readyz", SOON).status, 200);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
an_essential_one_that_ends_ends_the_others_and_gives_its_code(void **state)
{
	int port = probe_free_port();
	struct ns *ns;

	(void)state;
	ns = run_services(scratch_text("127.0.0.1:%d", port),
	    scratch_text("\"main\": { \"command\": [\"%s\"] },"
			 "\"other\": { \"command\": [\"%s\", \"9\", \"500\"],"
			 " \"restart\": { \"clean_codes\": [9] } },"
			 "\"extra\": { \"command\": [\"%s\", \"0\", \"3\"],"
			 " \"essential\": false }",
		scratch_app("exit_7_on_term"), scratch_app("crash"),
		scratch_app("drains")));
	ns_expect_line(ns, "up ", SOON);

	assert_int_equal(ns_exit_status(ns, SOON), 9);

	assert_int_equal(ns_count(ns, "born "), 1);
	assert_int_equal(ns_count(ns, "draining"), 1);
	ns_end(ns);
}

static void
one_that_may_be_missing_ends_alone(void **state)
{
	int port = probe_free_port();
	struct ns *ns;

	(void)state;
	ns = run_services(scratch_text("127.0.0.1:%d", port),
	    scratch_text("\"main\": { \"command\": [\"%s\"] },"
			 "\"extra\": { \"command\": [\"%s\", \"0\"],"
			 " \"essential\": false }",
		scratch_app("exit_7_on_term"), scratch_app("crash")));
	ns_expect_line(ns, "born ", SOON);
	proc_await_gone(ns, "/crash", SOON);

	probe_until(ns, port, "/readyz", 200, SOON);

	assert_true(proc_find(ns, "exit_7_on_term", 0) > 0);
	assert_int_equal(ns_count(ns, "born "), 1);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
the_container_ends_when_all_that_may_be_missing_have_ended(void **state)
{
	int port = probe_free_port();
	struct ns *ns;

	(void)state;
	ns = run_services(scratch_text("127.0.0.1:%d", port),
	    scratch_text("\"a\": { \"command\": [\"%s\", \"5\"],"
			 " \"restart\": { \"clean_codes\": [5] },"
			 " \"essential\": false },"
			 "\"b\": { \"command\": [\"%s\", \"0\", \"200\"],"
			 " \"essential\": false }",
		scratch_app("crash"), scratch_app("crash")));

	assert_int_equal(ns_exit_status(ns, SOON), 5);

	assert_int_equal(ns_count(ns, "born "), 2);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_socket_path_that_is_a_file_is_refused_and_kept),
		NS_TEST(a_stale_socket_is_replaced),
		NS_TEST(
		    one_that_may_be_missing_and_cannot_start_harms_no_probe),
		NS_TEST(
		    an_essential_one_that_ends_ends_the_others_and_gives_its_code),
		NS_TEST(one_that_may_be_missing_ends_alone),
		NS_TEST(
		    the_container_ends_when_all_that_may_be_missing_have_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
