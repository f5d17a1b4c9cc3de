#ifndef TESTS_UNIT_FAKE_H
#define TESTS_UNIT_FAKE_H

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/*
 * A fake of a remote service (tests/fakes, a node program) for a unit test.
 * One setting: the JSON that its command line takes.  Tests run in the
 * repository's root.
 */
struct fake {
	pid_t pid;
	int out;
	int port;
	char text[256 * 1024]; /* what it printed after "listening PORT" */
	size_t len;
};

#define FAKE_START_MS 15000

/* Read once, waiting at most ms; false when nothing came. */
static inline bool
fake_read(struct fake *fake, int ms)
{
	struct pollfd pfd = { .fd = fake->out, .events = POLLIN };

	if (poll(&pfd, 1, ms) != 1)
		return false;
	ssize_t n = read(fake->out, fake->text + fake->len,
	    sizeof(fake->text) - 1 - fake->len);
	if (n <= 0)
		return false;
	fake->len += (size_t)n;
	fake->text[fake->len] = '\0';
	return true;
}

static inline void
fake_start(struct fake *fake, const char *script, const char *settings)
{
	int out[2];
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/fakes/%s", script);
	assert_int_equal(pipe(out), 0);
	fake->pid = fork();
	assert_int_not_equal(fake->pid, -1);
	if (fake->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out[1], 1);
		(void)close(out[0]);
		(void)execlp("node", "node", path, settings, (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	fake->out = out[0];
	fake->len = 0;
	fake->text[0] = '\0';
	while (strchr(fake->text, '\n') == NULL)
		assert_true(fake_read(fake, FAKE_START_MS));
	assert_int_equal(sscanf(fake->text, "listening %d", &fake->port), 1);
	char *rest = strchr(fake->text, '\n') + 1;
	fake->len -= (size_t)(rest - fake->text);
	memmove(fake->text, rest, fake->len + 1);
}

/* How often text stands in what it has printed until now. */
static inline int
fake_count(struct fake *fake, const char *text)
{
	int count = 0;

	while (fake_read(fake, 0))
		continue;
	for (const char *p = strstr(fake->text, text); p != NULL;
	     p = strstr(p + 1, text))
		count++;
	return count;
}

/* A request is printed before it is answered, but through a pipe. */
static inline void
fake_expect(struct fake *fake, const char *text, int times)
{
	while (fake_count(fake, text) < times)
		assert_true(fake_read(fake, FAKE_START_MS));
	assert_int_equal(fake_count(fake, text), times);
}

static inline void
fake_end(struct fake *fake)
{
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
	(void)close(fake->out);
}

#endif
