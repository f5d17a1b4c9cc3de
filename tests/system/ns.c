#include "ns.h"
#include "fake.h"
#include "isolate.h"
#include "proc.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/*
 * Invariants.  A started namespace is in `live`, not on the stack of a test,
 * which is gone when a failed test's teardown looks for what it left behind.  A
 * stream's data is never NULL after ns_start.  Only ns_pump reads and waits.
 */

#define LIVE_MAX 8
#define STREAM_MAX (64u << 20)
#define PIPE_SIZE (1 << 20)

static struct ns live[LIVE_MAX];

int64_t
ns_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

char *
ns_path(void)
{
	const char *path = getenv("PATH");

	return scratch_text("PATH=%s", path == NULL ? "/usr/bin:/bin" : path);
}

static void
stream_open(struct ns_stream *s, int fd)
{
	*s = (struct ns_stream){ .fd = fd, .size = 65536 };
	s->data = calloc(1, s->size);
	assert_non_null(s->data);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void
stream_read(struct ns_stream *s)
{
	if (s->size - s->len < 65536) {
		assert_true(s->size < STREAM_MAX);
		s->data = realloc(s->data, s->size * 2);
		assert_non_null(s->data);
		s->size *= 2;
	}
	ssize_t n = read(s->fd, s->data + s->len, s->size - s->len - 1);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		(void)close(s->fd);
		s->fd = -1;
		return;
	}
	s->len += (size_t)n;
	s->data[s->len] = '\0';
}

static void
stream_end(struct ns_stream *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	free(s->data);
	*s = (struct ns_stream){ .fd = -1 };
}

/* A line with the text that is complete, or the last one at the stream's end */
static bool
stream_match(struct ns_stream *s, const char *text)
{
	char *found = strstr(s->data + s->seen, text);
	if (found == NULL)
		return false;
	char *end = strchr(found, '\n');
	if (end == NULL && s->fd != -1)
		return false;
	s->seen = end == NULL ? s->len : (size_t)(end - s->data) + 1;
	return true;
}

/* Lines that hold the text; an unfinished last one counts. */
static int
stream_count(const struct ns_stream *s, const char *text)
{
	int count = 0;

	for (const char *at = s->data; *at != '\0';) {
		const char *found = strstr(at, text);
		if (found == NULL)
			break;
		count++;
		const char *end = strchr(found, '\n');
		if (end == NULL)
			break;
		at = end + 1;
	}
	return count;
}

void
ns_fail(const struct ns *ns, const char *fmt, ...)
{
	char why[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	print_error("stdout was:\n%s\nstderr was:\n%s\n",
	    ns->out.data == NULL ? "" : ns->out.data,
	    ns->err.data == NULL ? "" : ns->err.data);
	fail_msg("%s", why);
	abort();
}

static struct ns *
free_slot(void)
{
	for (int i = 0; i < LIVE_MAX; i++) {
		if (!live[i].used)
			return &live[i];
	}
	fail_msg("more than %d namespaces at once", LIVE_MAX);
	return NULL;
}

static void
open_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
}

/* What the child could not do, before it became cradle. */
static void
judge_setup(struct ns *ns, int fd)
{
	struct isolate_failure failure;
	ssize_t n = read(fd, &failure, sizeof(failure));

	(void)close(fd);
	if (n == 0)
		return;
	ns_end(ns);
	assert_int_equal(n, sizeof(failure));
	if (failure.error == EPERM || failure.error == EACCES) {
		print_message("# skipped: cannot %s here: %s\n", failure.step,
		    strerror(failure.error));
		skip();
	}
	fail_msg("cannot %s: %s", failure.step, strerror(failure.error));
}

static char **
whole_argv(const struct ns_options *options)
{
	static char *argv[64];
	size_t n = 0;

	argv[n++] = options->program != NULL
			? scratch_text("%s", options->program)
			: scratch_cradle();
	for (size_t i = 0; options->args != NULL && options->args[i]; i++) {
		assert_true(n < 63);
		argv[n++] = options->args[i];
	}
	argv[n] = NULL;
	return argv;
}

static pid_t
fork_into(bool plain)
{
	if (plain)
		return fork();
	return (pid_t)syscall(SYS_clone,
	    CLONE_NEWPID | CLONE_NEWNS | (unsigned long)SIGCHLD, NULL, NULL,
	    NULL, NULL);
}

static void
need_namespaces(void)
{
	if (geteuid() == 0)
		return;
	print_message("# skipped: PID namespaces need root (run as root)\n");
	skip();
}

struct ns *
ns_start(const struct ns_options *options)
{
	struct ns *ns = free_slot();
	char *only_path[] = { ns_path(), NULL };
	char **argv = whole_argv(options);
	char *const *env = options->env == NULL ? only_path : options->env;
	int out[2], err[2], setup[2];

	need_namespaces();
	*ns = (struct ns){ .used = true, .plain = options->plain };
	ns->pidfd = -1;
	open_pipe(out);
	open_pipe(err);
	assert_int_equal(pipe2(setup, O_CLOEXEC), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);

	pid_t pid = fork_into(options->plain);
	int error = errno;
	if (pid == 0)
		isolate_exec(
		    options, argv, env, (int[]){ out[1], err[1], setup[1] });
	(void)close(out[1]);
	(void)close(err[1]);
	(void)close(setup[1]);
	stream_open(&ns->out, out[0]);
	stream_open(&ns->err, err[0]);
	if (pid == -1) {
		(void)close(setup[0]);
		ns_end(ns);
		print_message("# skipped: no PID namespace can be made here: "
			      "%s\n",
		    strerror(error));
		skip();
	}
	ns->pid = pid;
	ns->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(ns->pidfd != -1);
	ns->pid_namespace = proc_pid_namespace(pid);
	judge_setup(ns, setup[0]);
	return ns;
}

struct ns *
ns_run(char *const args[])
{
	return ns_start(&(struct ns_options){ .args = args });
}

static void
reap(struct ns *ns, int flags)
{
	if (ns->pid == 0 || waitpid(ns->pid, &ns->status, flags) != ns->pid)
		return;
	ns->pid = 0;
	(void)close(ns->pidfd);
	ns->pidfd = -1;
}

void
ns_pump(struct ns *ns, int ms)
{
	struct pollfd fds[] = {
		{ .fd = ns->out.fd, .events = POLLIN },
		{ .fd = ns->err.fd, .events = POLLIN },
		{ .fd = ns->pidfd, .events = POLLIN },
	};

	if (poll(fds, 3, ms) <= 0)
		return;
	if (fds[0].revents != 0)
		stream_read(&ns->out);
	if (fds[1].revents != 0)
		stream_read(&ns->err);
	if (fds[2].revents != 0)
		reap(ns, WNOHANG);
}

static bool
finished(const struct ns *ns)
{
	return ns->pid == 0 && ns->out.fd == -1 && ns->err.fd == -1;
}

void
ns_wait(struct ns *ns, ns_condition *holds, void *arg, int ms, const char *what)
{
	int64_t deadline = ns_now_ms() + ms;

	while (!holds(ns, arg)) {
		if (ns_now_ms() >= deadline)
			ns_fail(ns, "%s: not within %d ms", what, ms);
		/* for a condition that has no event: look again soon */
		ns_pump(ns, 5);
		if (finished(ns))
			(void)poll(NULL, 0, 5);
	}
}

void
ns_expect_line(struct ns *ns, const char *text, int ms)
{
	int64_t deadline = ns_now_ms() + ms;

	while (!stream_match(&ns->out, text) && !stream_match(&ns->err, text)) {
		int64_t left = deadline - ns_now_ms();
		if (left <= 0)
			ns_fail(ns, "no line \"%s\" within %d ms", text, ms);
		if (finished(ns))
			ns_fail(ns, "it ended without a line \"%s\"", text);
		ns_pump(ns, (int)left);
	}
}

bool
ns_has(const struct ns *ns, const char *text)
{
	return strstr(ns->out.data, text) != NULL ||
	       strstr(ns->err.data, text) != NULL;
}

int
ns_count(const struct ns *ns, const char *text)
{
	return stream_count(&ns->out, text) + stream_count(&ns->err, text);
}

void
ns_signal(const struct ns *ns, int signal)
{
	assert_true(ns->pid > 0);
	assert_int_equal(kill(ns->pid, signal), 0);
}

int
ns_exit_status(struct ns *ns, int ms)
{
	int64_t deadline = ns_now_ms() + ms;

	while (ns->pid != 0) {
		int64_t left = deadline - ns_now_ms();
		if (left <= 0)
			ns_fail(ns, "cradle did not end within %d ms", ms);
		ns_pump(ns, (int)left);
	}
	/* what was still in the pipes; a survivor would keep them open */
	while (!finished(ns) && ns_now_ms() < deadline)
		ns_pump(ns, (int)(deadline - ns_now_ms()));
	if (!finished(ns))
		ns_fail(ns, "cradle ended but something holds its output open");
	if (WIFSIGNALED(ns->status))
		return 128 + WTERMSIG(ns->status);
	return WEXITSTATUS(ns->status);
}

static bool
is_live(pid_t pid)
{
	for (int i = 0; i < LIVE_MAX; i++) {
		if (live[i].used && live[i].pid == pid)
			return true;
	}
	return fake_owns(pid);
}

void
ns_deafen(struct ns *ns)
{
	(void)close(ns->out.fd);
	(void)close(ns->err.fd);
	ns->out.fd = -1;
	ns->err.fd = -1;
}

/* Orphans of a cradle that is no PID 1 come to the test, a subreaper. */
static int
kill_survivors(void)
{
	pid_t pids[PROC_MAX];
	int count = proc_children(getpid(), pids, PROC_MAX);
	int survivors = 0;

	for (int i = 0; i < count; i++) {
		if (is_live(pids[i]))
			continue;
		if (kill(pids[i], SIGKILL) == 0 &&
		    waitpid(pids[i], NULL, 0) == pids[i])
			survivors++;
	}
	return survivors;
}

static int
finish(struct ns *ns)
{
	bool killed = ns->pid != 0;

	if (killed) {
		pid_t pids[PROC_MAX];
		int count = ns->plain ? proc_list(ns, pids, PROC_MAX) : 0;
		(void)kill(ns->pid, SIGKILL);
		for (int i = 0; i < count; i++)
			(void)kill(pids[i], SIGKILL);
		reap(ns, 0);
	}
	stream_end(&ns->out);
	stream_end(&ns->err);
	ns->used = false;
	int survivors = ns->plain ? kill_survivors() : 0;
	return killed ? 0 : survivors;
}

void
ns_end(struct ns *ns)
{
	assert_int_equal(finish(ns), 0);
}

int
ns_teardown(void **state)
{
	(void)state;
	for (int i = 0; i < LIVE_MAX; i++) {
		if (live[i].used)
			(void)finish(&live[i]);
	}
	fake_end_all();
	scratch_end();
	return 0;
}
