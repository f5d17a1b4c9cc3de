#ifndef BENCH_FAKE_H
#define BENCH_FAKE_H

#include <stdint.h>
#include <sys/types.h>

/* A fake of a remote service, one of tests/fakes, on loopback. */

struct fake {
	pid_t pid;
	int fd; /* its output: a line for each request */
	int port;
};

/* script: slack.js and so on; settings: its JSON.  Exits when it fails. */
void fake_start(struct fake *fake, const char *script, char *settings);

/* When the next request was seen, page_now(); exits after ms without one. */
int64_t fake_request(struct fake *fake, int ms);

void fake_end(struct fake *fake);

/* The folder of the CA and certificates; the first fake makes them. */
char *fake_tls(void);

#endif
