/* The control socket, and the commands that speak there. */
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#include "core/wire_types.h"

#include <errno.h>
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 10000
#define CANARY "canary-value-7Hq1"
#define CLIENTS 8

static char *
socket_path(void)
{
	return scratch_text("%s/control.sock", scratch_dir());
}

/* What a command says, and the code it leaves with. */
struct said {
	int code;
	char *out;
	char *err;
};

static struct said
command(const char *control, char *const args[])
{
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = args,
	    .env =
		NS_LIST(ns_path(), scratch_text("CRADLE_CONTROL=%s", control)),
	    .plain = true,
	});
	struct said s = { .code = ns_exit_status(ns, 30000) };
	s.out = scratch_text("%s", ns->out.data ? ns->out.data : "");
	s.err = scratch_text("%s", ns->err.data ? ns->err.data : "");
	ns_end(ns);
	return s;
}

#define COMMAND(...) command(socket_path(), NS_LIST(__VA_ARGS__))

/* Two services, sleep 4001 and sleep 4002; more: further keys, or "". */
static struct ns *
start_two(const char *control, const char *more, struct ns_options options)
{
	char *file = scratch_write("cradle.json",
	    "{ \"app\": \"cella\", \"environment\": \"test\", %s\n"
	    "  \"control\": \"%s\",\n"
	    "  \"services\": {\n"
	    "    \"api\": { \"command\": [\"sleep\", \"4001\"],\n"
	    "      \"env\": { \"TOKEN\": \"" CANARY "\" } },\n"
	    "    \"worker\": { \"command\": [\"sleep\", \"4002\"] } } }\n",
	    more, control);

	options.args = NS_LIST("-c", file);
	struct ns *ns = ns_start(&options);
	ns_expect_line(ns, "ready in", SOON);
	return ns;
}

static struct ns *
start_usual(void)
{
	return start_two(socket_path(), "", (struct ns_options){ 0 });
}

static void
stop_cleanly(struct ns *ns)
{
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

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

/* ---- commands ---- */

static void
status_is_a_table_that_a_pipe_can_read(void **state)
{
	(void)state;
	struct ns *ns = start_usual();

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
	stop_cleanly(ns);
}

static void
one_service_is_restarted_stopped_and_started(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	pid_t api = proc_find(ns, "sleep 4001", 0);
	pid_t worker = proc_find(ns, "sleep 4002", 0);

	struct said s = COMMAND("restart", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api restarted: ready in "));
	pid_t second = proc_find(ns, "sleep 4001", 0);
	assert_true(second > 0 && second != api);
	assert_int_equal(proc_find(ns, "sleep 4002", 0), worker);

	s = COMMAND("stop", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api stopped in "));
	assert_int_equal(proc_find(ns, "sleep 4001", 0), 0);
	s = COMMAND("stop", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api was not running"));
	assert_non_null(strstr(COMMAND("status").out, "\napi     stopped"));

	s = COMMAND("start", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api started: ready in "));
	pid_t third = proc_find(ns, "sleep 4001", 0);
	assert_true(third > 0 && third != second);
	s = COMMAND("start", "api");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api is running already"));
	assert_int_equal(proc_find(ns, "sleep 4001", 0), third);
	assert_int_equal(proc_find(ns, "sleep 4002", 0), worker);
	stop_cleanly(ns);
}

static void
without_a_name_all_are_restarted(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	pid_t api = proc_find(ns, "sleep 4001", 0);
	pid_t worker = proc_find(ns, "sleep 4002", 0);

	struct said s = COMMAND("reload");

	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "api reloaded: ready in "));
	assert_non_null(strstr(s.out, "worker reloaded: ready in "));
	assert_int_not_equal(proc_find(ns, "sleep 4001", 0), api);
	assert_int_not_equal(proc_find(ns, "sleep 4002", 0), worker);
	stop_cleanly(ns);
}

static void
a_restart_that_fails_says_how(void **state)
{
	(void)state;
	char *flag = scratch_write("broken", "no");
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": { \"api\": {\n"
	    "  \"command\": [\"sh\", \"-c\", \"grep -q no %s && exec sleep "
	    "4001; exit 3\"] } } }\n",
	    socket_path(), flag);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);
	(void)scratch_write("broken", "yes");

	struct said s = COMMAND("restart", "api");

	assert_int_equal(s.code, 1);
	assert_string_equal(s.out, "");
	assert_non_null(strstr(s.err, "api failed: exited with code 3 after "));
	stop_cleanly(ns);
}

static void
an_unknown_service_is_refused_with_the_nearest(void **state)
{
	(void)state;
	struct ns *ns = start_usual();

	struct said s = COMMAND("restart", "wroker");

	assert_int_equal(s.code, 1);
	assert_non_null(
	    strstr(s.err, "there is no service wroker (did you mean worker)"));
	assert_int_equal(COMMAND("status", "api").code, 64);
	assert_int_equal(COMMAND("restart", "--wait").code, 64);
	assert_int_equal(COMMAND("logs", "-n", "x").code, 64);
	stop_cleanly(ns);
}

static void
stop_without_a_name_stops_cradle(void **state)
{
	(void)state;
	struct ns *ns = start_usual();

	struct said s = COMMAND("stop");

	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "cradle stopped in "));
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	ns_end(ns);
	assert_int_equal(access(socket_path(), F_OK), -1);
	s = COMMAND("status");
	assert_int_equal(s.code, 69);
	assert_non_null(strstr(s.err, socket_path()));
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
	struct ns *ns = start_two(socket_path(),
	    scratch_text("\"health\": { \"listen\": \"127.0.0.1:%d\" },", port),
	    (struct ns_options){ 0 });
	struct probe_reply reply = probe_until(ns, port, "/status", 200, SOON);

	struct said s = COMMAND("status", "--json");

	assert_int_equal(s.code, 0);
	assert_string_equal(keys_of(s.out), keys_of(reply.body));
	assert_non_null(strstr(s.out, "\"name\":\"worker\""));
	assert_null(strstr(s.out, CANARY));
	assert_null(strstr(COMMAND("status").out, CANARY));
	stop_cleanly(ns);
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
	    socket_path());
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
	stop_cleanly(ns);
	ns = start_usual();
	assert_null(strstr(COMMAND("status").out, "ZOMBIES"));
	stop_cleanly(ns);
}

static void
watch_prints_a_table_per_change(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	struct ns *watch = ns_start(&(struct ns_options){
	    .args = NS_LIST("status", "--watch"),
	    .env = NS_LIST(
		ns_path(), scratch_text("CRADLE_CONTROL=%s", socket_path())),
	    .plain = true,
	});
	ns_expect_line(watch, "worker  ready", SOON);

	assert_int_equal(COMMAND("stop", "worker").code, 0);

	ns_expect_line(watch, "worker  stopped", SOON);
	assert_int_equal(ns_count(watch, "NAME "), 2);
	ns_signal(watch, SIGINT);
	assert_int_equal(ns_exit_status(watch, SOON), 0);
	ns_end(watch);
	stop_cleanly(ns);
}

/* ---- on a terminal ---- */

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
		scratch_text("CRADLE_CONTROL=%s", socket_path())),
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
	struct ns *ns = start_usual();
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
	stop_cleanly(ns);
}

static void
watch_draws_over_its_last_picture_and_leaves_the_terminal_as_it_was(
    void **state)
{
	static struct screen s;

	(void)state;
	struct ns *ns = start_usual();
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
	stop_cleanly(ns);
}

/* ---- logs ---- */

static void
logs_say_that_nothing_is_captured(void **state)
{
	(void)state;
	struct ns *ns = start_usual();

	struct said s = COMMAND("logs", "api");

	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "output is not captured"));
	stop_cleanly(ns);
}

static void
logs_show_the_tail_and_follow(void **state)
{
	(void)state;
	char *more = scratch_write("more", "%s", "");
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\",\n"
	    "  \"events\": { \"slack\": { \"webhook\": "
	    "\"http://127.0.0.1:9/x\" } },\n"
	    "  \"services\": { \"api\": { \"command\": [\"sh\", \"-c\",\n"
	    "  \"seq 1 9000; echo oops >&2; exec tail -f %s\"] } } }\n",
	    socket_path(), more);
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "ready in", SOON);

	struct said s = COMMAND("logs", "-n", "2", "api");
	assert_int_equal(s.code, 0);
	assert_string_equal(s.out, "8999\n9000\n");
	assert_string_equal(s.err, "oops\n");
	s = COMMAND("logs", "-n", "9000");
	assert_ptr_equal(strstr(s.out, "1\n2\n3\n"), s.out);
	assert_int_equal(strlen(s.out), 9 * 2 + 90 * 3 + 900 * 4 + 8001 * 5);

	struct ns *follow = ns_start(&(struct ns_options){
	    .args = NS_LIST("logs", "-f", "-n", "1"),
	    .env = NS_LIST(
		ns_path(), scratch_text("CRADLE_CONTROL=%s", socket_path())),
	    .plain = true,
	});
	ns_expect_line(follow, "9000", SOON);
	(void)scratch_write("more", "%s", "once more\n");
	ns_expect_line(follow, "once more", SOON);
	ns_signal(follow, SIGTERM);
	(void)ns_exit_status(follow, SOON);
	assert_false(ns_has(follow, "8999"));
	ns_end(follow);
	stop_cleanly(ns);
}

/* ---- who may speak, and how badly ---- */

static void
another_user_is_not_heard(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	char *name = scratch_text("@cradle-test-%d", (int)getpid());
	struct ns *ns = start_two(name, "", (struct ns_options){ 0 });
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
	assert_int_equal(command(name, NS_LIST("status")).code, 0);
	stop_cleanly(ns);
}

static void
the_file_is_for_its_owner_alone(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	struct stat st;
	assert_int_equal(stat(socket_path(), &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	stop_cleanly(ns);
}

static void
garbage_is_cut_and_harmless(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
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
		int fd = knock(socket_path());
		assert_true(fd >= 0);
		size_t len = round % 3 ? sizeof(bytes) : (size_t)round % 40;
		(void)send(fd, bytes, len, MSG_NOSIGNAL);
		assert_true(is_closed(fd, SOON));
		(void)close(fd);
	}
	assert_int_equal(COMMAND("status").code, 0);
	assert_int_equal(ns_count(ns, "garbage"), 0);
	stop_cleanly(ns);
}

static void
nine_silent_clients_hold_nobody_up_for_long(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	int fd[CLIENTS + 1];
	int64_t before = ns_now_ms();

	for (int i = 0; i <= CLIENTS; i++)
		assert_true((fd[i] = knock(socket_path())) >= 0);
	assert_true(is_closed(fd[CLIENTS], 2000));
	for (int i = 0; i < CLIENTS; i++)
		assert_true(is_closed(fd[i], SOON));
	int64_t took = ns_now_ms() - before;
	assert_in_range(took, 4500, 8000);
	for (int i = 0; i <= CLIENTS; i++)
		(void)close(fd[i]);

	assert_int_equal(COMMAND("status").code, 0);
	stop_cleanly(ns);
}

/* Asks again and again, and never reads an answer. */
static void
a_client_that_does_not_read_is_cut(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	unsigned char ask[16] = "CRDL\1";
	ask[6] = WIRE_HEALTH_ASK;
	int fd = knock(socket_path());
	assert_true(fd >= 0);
	int64_t until = ns_now_ms() + 2L * SOON;
	struct pollfd hangup = { fd, 0, 0 };

	while (poll(&hangup, 1, 10) == 0 && ns_now_ms() < until)
		(void)send(fd, ask, sizeof(ask), MSG_NOSIGNAL | MSG_DONTWAIT);

	assert_true((hangup.revents & POLLHUP) != 0);
	(void)close(fd);
	assert_int_equal(COMMAND("status").code, 0);
	stop_cleanly(ns);
}

static void
nothing_is_started_by_hand_before_boot_comes_to_it(void **state)
{
	(void)state;
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\",\n"
	    "  \"tasks\": { \"migrate\": { \"command\": [\"sh\", \"-c\",\n"
	    "    \"echo migrating; exec sleep 4003\"] } },\n"
	    "  \"services\": { \"api\": { \"command\": "
	    "[\"sleep\", \"4001\"] } } }\n",
	    socket_path());
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "migrating", SOON);
	(void)proc_await(ns, "sleep 4003", 0, SOON);

	struct said s = COMMAND("restart", "api");
	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "nothing has been started yet"));
	assert_int_equal(COMMAND("stop", "api").code, 1);
	s = COMMAND("status");
	assert_int_equal(s.code, 0);
	assert_non_null(strstr(s.out, "boot: migrate\n"));
	assert_int_equal(proc_find(ns, "sleep 4001", 0), 0);
	assert_int_equal(COMMAND("stop").code, 0);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

/* "db" never says that it is ready; "api" and its like wait for it. */
static struct ns *
start_in_a_row(void)
{
	char *file = scratch_write("cradle.json",
	    "{ \"control\": \"%s\", \"services\": {\n"
	    "  \"db\": { \"command\": [\"sleep\", \"4001\"],\n"
	    "    \"ready\": \"notify\" },\n"
	    "  \"api\": { \"command\": [\"sleep\", \"4002\"],\n"
	    "    \"after\": [\"db\"] },\n"
	    "  \"web\": { \"command\": [\"sleep\", \"4003\"],\n"
	    "    \"after\": [\"api\"] } } }\n",
	    socket_path());
	struct ns *ns = ns_run(NS_LIST("-c", file));
	(void)proc_await(ns, "sleep 4001", 0, SOON);
	assert_int_equal(proc_find(ns, "sleep 4002", 0), 0);
	return ns;
}

static void
one_stopped_by_hand_holds_nobody_back(void **state)
{
	(void)state;
	struct ns *ns = start_in_a_row();

	/* one that starts, and one that waits to start */
	assert_int_equal(COMMAND("stop", "db").code, 0);
	(void)proc_await(ns, "sleep 4002", 0, SOON);
	assert_int_equal(COMMAND("stop", "web").code, 0);

	ns_expect_line(ns, "ready in", SOON);
	assert_int_equal(proc_find(ns, "sleep 4001", 0), 0);
	assert_int_equal(proc_find(ns, "sleep 4003", 0), 0);
	assert_int_equal(COMMAND("start", "web").code, 0);
	(void)proc_await(ns, "sleep 4003", 0, SOON);
	stop_cleanly(ns);
}

static void
one_stopped_before_its_turn_lets_the_next_begin(void **state)
{
	(void)state;
	struct ns *ns = start_in_a_row();

	struct said s = COMMAND("restart", "api");
	assert_int_equal(s.code, 1);
	assert_non_null(strstr(s.err, "api waits for a service"));
	assert_int_equal(COMMAND("stop", "api").code, 0);

	(void)proc_await(ns, "sleep 4003", 0, SOON);
	assert_non_null(strstr(COMMAND("status").out, "\napi   stopped"));
	assert_int_equal(ns_count(ns, "ready in"), 0);
	stop_cleanly(ns);
}

/* ---- where it is ---- */

static void
a_dead_ones_file_is_replaced_and_a_live_ones_is_not(void **state)
{
	(void)state;
	struct ns *ns = start_usual();
	pid_t api = proc_find(ns, "sleep 4001", 0);
	struct ns *other = ns_start(&(struct ns_options){
	    .args = NS_LIST("sleep", "4003"),
	    .env = NS_LIST(
		ns_path(), scratch_text("CRADLE_CONTROL=%s", socket_path())),
	});
	ns_expect_line(other, "cannot listen for commands", SOON);
	(void)proc_await(other, "sleep 4003", 0, SOON);
	assert_int_equal(COMMAND("restart", "api").code, 0);
	assert_int_not_equal(proc_find(ns, "sleep 4001", 0), api);
	stop_cleanly(other);
	assert_int_equal(access(socket_path(), F_OK), 0);

	ns_signal(ns, SIGKILL);
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGKILL);
	ns_end(ns);
	assert_int_equal(access(socket_path(), F_OK), 0);

	ns = start_usual();
	assert_int_equal(COMMAND("status").code, 0);
	stop_cleanly(ns);
}

static void
off_is_off(void **state)
{
	(void)state;
	struct ns *ns = start_two("off", "", (struct ns_options){ 0 });
	assert_int_equal(command("off", NS_LIST("status")).code, 69);
	stop_cleanly(ns);
}

static void
a_relative_path_is_refused_by_both_sides(void **state)
{
	static const char why[] = "this one begins with neither / nor @";
	(void)state;

	struct said s = command("x.sock", NS_LIST("status"));
	assert_int_equal(s.code, 78);
	assert_non_null(strstr(s.err, why));
	s = command("x.sock", NS_LIST("run", "true"));
	assert_int_equal(s.code, 78);
	assert_non_null(strstr(s.err, why));
}

/* Nothing can be written: what remains is a name without a file. */
static void
an_unprivileged_one_on_a_read_only_root_listens_too(void **state)
{
	(void)state;
	struct ns *ns = start_two("", "",
	    (struct ns_options){ .unprivileged = true, .readonly = true });
	char *name =
	    scratch_text("@cradle-65534-%lu", (unsigned long)ns->pid_namespace);

	assert_int_equal(command(name, NS_LIST("status")).code, 0);
	assert_int_equal(command(name, NS_LIST("restart", "api")).code, 0);
	stop_cleanly(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(status_is_a_table_that_a_pipe_can_read),
		NS_TEST(one_service_is_restarted_stopped_and_started),
		NS_TEST(without_a_name_all_are_restarted),
		NS_TEST(a_restart_that_fails_says_how),
		NS_TEST(an_unknown_service_is_refused_with_the_nearest),
		NS_TEST(stop_without_a_name_stops_cradle),
		NS_TEST(json_is_what_the_health_port_gives_and_no_value_shows),
		NS_TEST(zombies_that_a_service_leaves_lying_are_shown),
		NS_TEST(watch_prints_a_table_per_change),
		NS_TEST(status_has_colours_on_a_terminal_that_knows_them),
		NS_TEST(
		    watch_draws_over_its_last_picture_and_leaves_the_terminal_as_it_was),
		NS_TEST(logs_say_that_nothing_is_captured),
		NS_TEST(logs_show_the_tail_and_follow),
		NS_TEST(another_user_is_not_heard),
		NS_TEST(the_file_is_for_its_owner_alone),
		NS_TEST(garbage_is_cut_and_harmless),
		NS_TEST(nine_silent_clients_hold_nobody_up_for_long),
		NS_TEST(a_client_that_does_not_read_is_cut),
		NS_TEST(nothing_is_started_by_hand_before_boot_comes_to_it),
		NS_TEST(one_stopped_by_hand_holds_nobody_back),
		NS_TEST(one_stopped_before_its_turn_lets_the_next_begin),
		NS_TEST(a_dead_ones_file_is_replaced_and_a_live_ones_is_not),
		NS_TEST(off_is_off),
		NS_TEST(a_relative_path_is_refused_by_both_sides),
		NS_TEST(an_unprivileged_one_on_a_read_only_root_listens_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
