#include "fake.h"
#include "ns.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define LIVE_MAX 8
#define START_MS 15000

static struct fake live[LIVE_MAX]; /* pid 0: a free place */

bool
fake_owns(pid_t pid)
{
	for (int i = 0; i < LIVE_MAX; i++) {
		if (pid != 0 && live[i].pid == pid)
			return true;
	}
	return false;
}

static void
become(const char *script, char *const args[], int out)
{
	char *argv[32] = { "node", scratch_tests(script) };
	size_t n = 2;

	for (size_t i = 0; args != NULL && args[i] != NULL && n < 31; i++)
		argv[n++] = args[i];
	/* the fake must not outlive a test program that crashed */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(out, 1) == 1)
		(void)execvp(argv[0], argv);
	fprintf(stderr, "cannot run node: %s\n", strerror(errno));
	_exit(127);
}

/* Read once, waiting at most ms; false at the end of its output. */
static bool
read_more(struct fake *f, int ms)
{
	struct pollfd pfd = { .fd = f->fd, .events = POLLIN };

	if (f->fd == -1)
		return false;
	if (poll(&pfd, 1, ms) <= 0)
		return true;
	if (f->size - f->len < 65536) {
		f->text = realloc(f->text, f->size + 131072);
		assert_non_null(f->text);
		f->size += 131072;
	}
	ssize_t n = read(f->fd, f->text + f->len, f->size - f->len - 1);
	if (n <= 0) {
		(void)close(f->fd);
		f->fd = -1;
		return false;
	}
	f->len += (size_t)n;
	f->text[f->len] = '\0';
	return true;
}

static struct fake *
free_slot(void)
{
	for (int i = 0; i < LIVE_MAX; i++) {
		if (live[i].pid == 0)
			return &live[i];
	}
	fail_msg("more than %d fakes at once", LIVE_MAX);
	return NULL;
}

static void
take_port(struct fake *f)
{
	int64_t deadline = ns_now_ms() + START_MS;

	while (f->text == NULL || strchr(f->text, '\n') == NULL) {
		int64_t left = deadline - ns_now_ms();
		if (left <= 0 || !read_more(f, (int)left))
			fail_msg("a fake did not say \"listening PORT\"");
	}
	if (sscanf(f->text, "listening %d", &f->port) != 1)
		fail_msg("a fake began with: %s", f->text);
	char *rest = strchr(f->text, '\n') + 1;
	f->len -= (size_t)(rest - f->text);
	memmove(f->text, rest, f->len + 1);
}

struct fake *
fake_start(const char *script, char *const args[])
{
	struct fake *fake = free_slot();
	char *path = scratch_text("fakes/%s", script);
	int ends[2];

	*fake = (struct fake){ .fd = -1 };
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid != -1);
	if (pid == 0)
		become(path, args, ends[1]);
	(void)close(ends[1]);
	fake->pid = pid;
	fake->fd = ends[0];
	take_port(fake);
	return fake;
}

static void
read_what_is_there(struct fake *f)
{
	size_t before;

	do {
		before = f->len;
		(void)read_more(f, 0);
	} while (f->len != before);
}

int
fake_requests(struct fake *fake)
{
	int count = 0;

	read_what_is_there(fake);
	for (const char *at = fake->text; (at = strchr(at, '\n')) != NULL; at++)
		count++;
	return count;
}

int
fake_count(struct fake *fake, const char *text)
{
	int count = 0;

	read_what_is_there(fake);
	for (const char *at = strstr(fake->text, text); at != NULL;
	     at = strstr(at, text)) {
		count++;
		at = strchr(at, '\n');
		if (at == NULL)
			break;
	}
	return count;
}

bool
fake_has(struct fake *fake, const char *text)
{
	return fake_count(fake, text) > 0;
}

void
fake_expect(struct fake *fake, int requests, int ms)
{
	int64_t deadline = ns_now_ms() + ms;

	while (fake_requests(fake) < requests) {
		int64_t left = deadline - ns_now_ms();
		if (left <= 0 || !read_more(fake, (int)left))
			fail_msg("%d requests and not %d within %d ms:\n%s",
			    fake_requests(fake), requests, ms, fake->text);
	}
}

void
fake_expect_text(struct fake *fake, const char *text, int ms)
{
	int64_t deadline = ns_now_ms() + ms;

	while (fake_count(fake, text) == 0) {
		int64_t left = deadline - ns_now_ms();
		if (left <= 0 || !read_more(fake, (int)left))
			fail_msg("no request with \"%s\" within %d ms:\n%s",
			    text, ms, fake->text);
	}
}

void
fake_end(struct fake *fake)
{
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
	if (fake->fd != -1)
		(void)close(fake->fd);
	free(fake->text);
	*fake = (struct fake){ .fd = -1 };
}

void
fake_end_all(void)
{
	for (int i = 0; i < LIVE_MAX; i++) {
		if (live[i].pid != 0)
			fake_end(&live[i]);
	}
}
