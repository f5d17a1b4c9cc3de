#ifndef TESTS_SYSTEM_FAKE_H
#define TESTS_SYSTEM_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A stand-in of a remote service: a node program of tests/fakes.  Its first
 * line is "listening PORT", and then it prints one line of JSON per request.
 * Everything waits with a deadline and fails the test when it passes.
 */
struct fake {
	pid_t pid;
	int fd; /* its stdout */
	int port;
	char *text; /* every line since the first, NUL-terminated */
	size_t len;
	size_t size;
};

/*
 * Start tests/fakes/SCRIPT with these arguments and wait for its port.  The
 * harness owns what is returned, until fake_end.
 */
struct fake *fake_start(const char *script, char *const args[]);

/* Requests seen so far, after reading what is there. */
int fake_requests(struct fake *fake);

/* Wait until it has seen at least this many requests. */
void fake_expect(struct fake *fake, int requests, int ms);

/* Whether any of the lines so far holds text. */
bool fake_has(struct fake *fake, const char *text);

/* How many of the lines so far hold text; wait until one does. */
int fake_count(struct fake *fake, const char *text);
void fake_expect_text(struct fake *fake, const char *text, int ms);

void fake_end(struct fake *fake);

/* For the harness: is this a fake's pid?  End whatever a test left behind. */
bool fake_owns(pid_t pid);
void fake_end_all(void);

#endif
