/* Sockets that cradle opens itself: "listen", and LISTEN_FDS. */
#include "fault.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 10000
#define GOES_ON "goes on in a new program"

/* web runs that command, with further keys of its own. */
static struct ns *
start(const char *command, const char *keys)
{
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"off\", \"services\": { \"web\": {\n"
	    "  \"command\": [%s], %s } } }\n",
	    command, keys);
	return ns_run(NS_LIST("-c", file));
}

static char *
activated(void)
{
	return scratch_text("\"%s\"", scratch_app("activated"));
}

static void
stop(struct ns *ns)
{
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
sockets_are_given_as_systemd_gives_them(void **state)
{
	(void)state;
	int port = probe_free_port(), other = probe_free_port();
	char *path = scratch_text("%s/web.sock", scratch_dir());
	struct stat st;

	struct ns *ns = start(activated(),
	    scratch_text("\"listen\": [%d, \"unix:%s\", \"unix:@inst-%d\", "
			 "\"127.0.0.2:%d\"]",
		port, path, port, other));

	ns_expect_line(ns,
	    scratch_text(
		"given 4 %d:web.sock:inst-%d:%d mine 1111", port, port, other),
	    SOON);
	ns_expect_line(ns, "ready in", SOON);
	assert_int_equal(probe_get(port, "/", SOON).status, 200);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	stop(ns);
}

/* Nobody is there for half a second, and nobody is refused. */
static void
expect_no_refusal(struct ns *ns, const char *app, int port)
{
	pid_t first = proc_await(ns, app, ns->pid, SOON);
	assert_int_equal(kill(first, SIGKILL), 0);
	ns_expect_line(ns, "next life in 0 ms", SOON);
	pid_t second = proc_await(ns, app, ns->pid, SOON);
	assert_int_equal(kill(second, SIGKILL), 0);
	ns_expect_line(ns, "next life in", SOON);

	int fd = probe_ask(port, "/");

	assert_int_not_equal(fd, -1);
	assert_int_equal(proc_find(ns, app, 0), 0);
	assert_int_equal(probe_hear(fd, SOON).status, 200);
}

#define SLOWLY "\"restart\": { \"delay\": \"500ms\", \"window_failures\": 100 }"

static void
connections_wait_for_the_next_life(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns = start(activated(),
	    scratch_text(
		"\"handover\": \"off\", \"listen\": [\":%d\"], " SLOWLY, port));
	ns_expect_line(ns, "given 1", SOON);

	expect_no_refusal(ns, "/activated", port);

	stop(ns);
}

/* It knows nothing of LISTEN_FDS, and sixteen descriptors are in its way. */
static void
a_program_that_binds_is_given_the_same_socket(void **state)
{
	(void)state;
	int port = probe_free_port();
	char more[1024] = "";
	for (int i = 1; i < 16; i++)
		(void)snprintf(more + strlen(more), sizeof(more) - strlen(more),
		    ", \"unix:@inst-%d-%d\"", port, i);
	struct ns *ns =
	    start(scratch_text("\"%s\", \"%d\"", scratch_app("serves"), port),
		scratch_text(
		    "\"listen\": [\"127.0.0.1:%d\"%s], " SLOWLY, port, more));
	ns_pump(ns, 100);
	if (ns_has(ns, "handover is off")) {
		stop(ns);
		skip();
	}
	ns_expect_line(ns, "listening ", SOON);

	expect_no_refusal(ns, "/serves", port);

	stop(ns);
}

static bool
is_waiting(struct ns *ns, void *unused)
{
	(void)unused;
	return proc_state(ns->pid) == 'S';
}

static void
the_sockets_outlive_pid_1_itself(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns =
	    start(activated(), scratch_text("\"listen\": [%d], " SLOWLY, port));
	ns_expect_line(ns, "ready in", SOON);

	ns_wait(ns, is_waiting, NULL, SOON, "cradle waits");
	fault_make(ns, FAULT_JUMP);
	ns_expect_line(ns, GOES_ON, SOON);
	expect_no_refusal(ns, "/activated", port);

	stop(ns);
}

static void
instances_are_given_the_same_sockets(void **state)
{
	(void)state;
	int port = probe_free_port();
	struct ns *ns = start(activated(),
	    scratch_text("\"instances\": 2, \"listen\": [%d], " SLOWLY, port));
	ns_expect_line(ns, "given 1", SOON);
	ns_expect_line(ns, "given 1", SOON);

	pid_t one = (pid_t)atoi(probe_get(port, "/", SOON).body);

	/* its pid there is a small one; either of them is gone then */
	assert_true(one > 0);
	pid_t outside = proc_await(ns, "/activated", ns->pid, SOON);
	assert_int_equal(kill(outside, SIGKILL), 0);
	ns_expect_line(ns, "next life in", SOON);
	assert_int_equal(probe_get(port, "/", SOON).status, 200);
	stop(ns);
}

static void
an_address_that_is_taken_is_told(void **state)
{
	(void)state;
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);

	struct ns *ns = start(
	    activated(), scratch_text("\"restart\": \"never\", \"listen\": "
				      "[\"127.0.0.1:%d\"]",
			     ntohs(at.sin_port)));

	ns_expect_line(ns,
	    scratch_text("cannot listen on 127.0.0.1:%d for web: Address",
		ntohs(at.sin_port)),
	    SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 71);
	ns_end(ns);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(sockets_are_given_as_systemd_gives_them),
		NS_TEST(connections_wait_for_the_next_life),
		NS_TEST(a_program_that_binds_is_given_the_same_socket),
		NS_TEST(the_sockets_outlive_pid_1_itself),
		NS_TEST(instances_are_given_the_same_sockets),
		NS_TEST(an_address_that_is_taken_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
