/* The control socket: where it is, who may speak there, and how badly. */
#include "commands.h"
#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include "core/wire_types.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 10000
#define CLIENTS 8

/* A connection, or -errno. */
static int
knock(const char *control)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(control);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && len < sizeof(at.sun_path));
	memcpy(at.sun_path, control, len);
	if (control[0] == '@')
		at.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	if (connect(fd, (void *)&at,
		(socklen_t)(len + (control[0] == '@' ? 0 : 1))) == 0)
		return fd;
	int r = -errno;
	(void)close(fd);
	return r;
}

/* Whether cradle closes it, within so long. */
static bool
is_closed(int fd, int ms)
{
	struct timeval wait = { ms / 1000, ms % 1000 * 1000 };
	char byte;

	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	ssize_t n = recv(fd, &byte, 1, 0);
	return n == 0 || (n == -1 && errno == ECONNRESET);
}

static void
another_user_is_not_heard(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	char *name = scratch_text("@cradle-test-%d", (int)getpid());
	struct ns *ns = commands_start(name, "", (struct ns_options){ 0 });
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgid(4242) == -1 || setuid(4242) == -1)
			_exit(3);
		int fd = knock(name);
		_exit(fd >= 0 && is_closed(fd, SOON) ? 0 : 4);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(commands_run(name, NS_LIST("status")).code, 0);
	commands_stop(ns);
}

static void
the_file_is_for_its_owner_alone(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	struct stat st;
	assert_int_equal(stat(commands_socket(), &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	commands_stop(ns);
}

static void
garbage_is_cut_and_harmless(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	uint32_t noise = 12345;

	for (int round = 0; round < 300; round++) {
		unsigned char bytes[512];
		for (size_t i = 0; i < sizeof(bytes); i++) {
			noise = noise * 1664525 + 1013904223;
			bytes[i] = (unsigned char)(noise >> 24);
		}
		/* a right header in front of wrong fields, too */
		if (round % 2)
			memcpy(bytes, "CRDL\1\0", 6);
		if (round % 4 == 3) {
			bytes[6] = (unsigned char)(round / 4);
			bytes[7] = 0;
			memcpy(bytes + 8, "\xf0\1\0\0", 4);
		}
		int fd = knock(commands_socket());
		assert_true(fd >= 0);
		size_t len = round % 3 ? sizeof(bytes) : (size_t)round % 40;
		(void)send(fd, bytes, len, MSG_NOSIGNAL);
		assert_true(is_closed(fd, SOON));
		(void)close(fd);
	}
	assert_int_equal(COMMAND("status").code, 0);
	assert_int_equal(ns_count(ns, "garbage"), 0);
	commands_stop(ns);
}

static void
nine_silent_clients_hold_nobody_up_for_long(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	int fd[CLIENTS + 1];
	int64_t before = ns_now_ms();

	for (int i = 0; i <= CLIENTS; i++)
		assert_true((fd[i] = knock(commands_socket())) >= 0);
	assert_true(is_closed(fd[CLIENTS], 2000));
	for (int i = 0; i < CLIENTS; i++)
		assert_true(is_closed(fd[i], SOON));
	int64_t took = ns_now_ms() - before;
	assert_in_range(took, 4500, 8000);
	for (int i = 0; i <= CLIENTS; i++)
		(void)close(fd[i]);

	assert_int_equal(COMMAND("status").code, 0);
	commands_stop(ns);
}

/* Asks again and again, and never reads an answer. */
static void
a_client_that_does_not_read_is_cut(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	unsigned char ask[16] = "CRDL\1";
	ask[6] = WIRE_HEALTH_ASK;
	int fd = knock(commands_socket());
	assert_true(fd >= 0);
	int64_t until = ns_now_ms() + 2L * SOON;
	struct pollfd hangup = { fd, 0, 0 };

	while (poll(&hangup, 1, 10) == 0 && ns_now_ms() < until)
		(void)send(fd, ask, sizeof(ask), MSG_NOSIGNAL | MSG_DONTWAIT);

	assert_true((hangup.revents & POLLHUP) != 0);
	(void)close(fd);
	assert_int_equal(COMMAND("status").code, 0);
	commands_stop(ns);
}

static void
a_dead_ones_file_is_replaced_and_a_live_ones_is_not(void **state)
{
	(void)state;
	struct ns *ns = commands_start_usual();
	pid_t api = proc_find(ns, "sleep 4001", 0);
	struct ns *other = ns_start(&(struct ns_options){
	    .args = NS_LIST("sleep", "4003"),
	    .env = NS_LIST(ns_path(),
		scratch_text("CRADLE_CONTROL=%s", commands_socket())),
	});
	ns_expect_line(other, "cannot listen for commands", SOON);
	(void)proc_await(other, "sleep 4003", 0, SOON);
	assert_int_equal(COMMAND("restart", "api").code, 0);
	assert_int_not_equal(proc_find(ns, "sleep 4001", 0), api);
	commands_stop(other);
	assert_int_equal(access(commands_socket(), F_OK), 0);

	ns_signal(ns, SIGKILL);
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGKILL);
	ns_end(ns);
	assert_int_equal(access(commands_socket(), F_OK), 0);

	ns = commands_start_usual();
	assert_int_equal(COMMAND("status").code, 0);
	commands_stop(ns);
}

static void
off_is_off(void **state)
{
	(void)state;
	struct ns *ns = commands_start("off", "", (struct ns_options){ 0 });
	assert_int_equal(commands_run("off", NS_LIST("status")).code, 69);
	commands_stop(ns);
}

static void
a_relative_path_is_refused_by_both_sides(void **state)
{
	static const char why[] = "this one begins with neither / nor @";
	(void)state;

	struct said s = commands_run("x.sock", NS_LIST("status"));
	assert_int_equal(s.code, 78);
	assert_non_null(strstr(s.err, why));
	s = commands_run("x.sock", NS_LIST("run", "true"));
	assert_int_equal(s.code, 78);
	assert_non_null(strstr(s.err, why));
}

/* Nothing can be written: what remains is a name without a file. */
static void
an_unprivileged_one_on_a_read_only_root_listens_too(void **state)
{
	(void)state;
	struct ns *ns = commands_start("", "",
	    (struct ns_options){ .unprivileged = true, .readonly = true });
	char *name =
	    scratch_text("@cradle-65534-%lu", (unsigned long)ns->pid_namespace);

	assert_int_equal(commands_run(name, NS_LIST("status")).code, 0);
	assert_int_equal(commands_run(name, NS_LIST("restart", "api")).code, 0);
	commands_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(another_user_is_not_heard),
		NS_TEST(the_file_is_for_its_owner_alone),
		NS_TEST(garbage_is_cut_and_harmless),
		NS_TEST(nine_silent_clients_hold_nobody_up_for_long),
		NS_TEST(a_client_that_does_not_read_is_cut),
		NS_TEST(a_dead_ones_file_is_replaced_and_a_live_ones_is_not),
		NS_TEST(off_is_off),
		NS_TEST(a_relative_path_is_refused_by_both_sides),
		NS_TEST(an_unprivileged_one_on_a_read_only_root_listens_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
