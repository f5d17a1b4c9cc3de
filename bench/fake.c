#include "fake.h"
#include "apps/page.h"
#include "measure.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 20000

/* Read until a newline has come; of a long line its end is kept. */
static void
read_line(struct fake *fake, char *text, size_t size, int ms)
{
	int64_t deadline = page_now() + (int64_t)ms * 1000000;
	size_t len = 0;

	do {
		struct pollfd pfd = { .fd = fake->fd, .events = POLLIN };
		int64_t left = deadline - page_now();
		if (left <= 0 || poll(&pfd, 1, (int)(left / 1000000) + 1) != 1)
			measure_fail("a fake said nothing within %d ms", ms);
		if (len > size / 2)
			len = 0;
		ssize_t n = read(fake->fd, text + len, size - len - 1);
		if (n <= 0)
			measure_fail("a fake has ended");
		len += (size_t)n;
		text[len] = '\0';
	} while (strchr(text, '\n') == NULL);
}

void
fake_start(struct fake *fake, const char *script, char *settings)
{
	char *path =
	    measure_text("%s/%s", measure_setting("BENCH_FAKES"), script);
	char text[256];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		measure_fail("cannot make a pipe");
	fake->pid = fork();
	if (fake->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execlp("node", "node", path, settings, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	fake->fd = ends[0];
	if (fake->pid == -1)
		measure_fail("cannot make a process");
	read_line(fake, text, sizeof(text), START_MS);
	if (sscanf(text, "listening %d", &fake->port) != 1)
		measure_fail("%s began with: %s", script, text);
}

int64_t
fake_request(struct fake *fake, int ms)
{
	static char text[262144];

	read_line(fake, text, sizeof(text), ms);
	return page_now();
}

void
fake_end(struct fake *fake)
{
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
	(void)close(fake->fd);
}

char *
fake_tls(void)
{
	return measure_text("%s/tls", measure_setting("BENCH_DIR"));
}
