#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Clients of an HTTP server on loopback: one connection for each request, at a
 * constant rate whatever becomes of the earlier ones, and some that are kept
 * and used again.  Each request ends in one of these ways, and is counted.
 *
 * The server's answer is its PID, so that one knows whom to kill.
 */

#define LOAD_HUNG_MS 5000

enum load_end {
	LOAD_OK,
	LOAD_REFUSED,
	LOAD_LOST,  /* cut off, and a server that died had accepted it */
	LOAD_RESET, /* cut off, and nobody had accepted it: a queue was closed
		     */
	LOAD_HUNG,  /* no answer in LOAD_HUNG_MS */
	LOAD_ENDS,
};

struct load_how {
	int port;
	int rate;      /* connections a second, a request on each */
	int kept;      /* connections that are used again, */
	int kept_rate; /* ... each for so many requests a second */
};

struct load;

/* One at a time.  Exits when it cannot. */
struct load *load_open(const struct load_how *how);

/* Let it run until then, page_now(). */
void load_run(struct load *load, int64_t until);

/*
 * One request more, begun now and begun again until it is answered, while all
 * the others run: when it was answered, 0 after ms without, and by whom.
 */
int64_t load_ask(struct load *load, int ms, pid_t *ret_server);

/*
 * The server stands still, and will be killed: what it has accepted so far is
 * no longer anybody's.
 */
void load_note_accepted(struct load *load);

/*
 * When the process of that pidfd was seen to be dead, page_now(): what its
 * parent can know, and not before.  0: not yet.  The descriptor is closed.
 */
void load_await_death(struct load *load, int pidfd);
int64_t load_death(const struct load *load);

/* No new requests; wait for those that run; close. */
void load_close(struct load *load);

/* Counted so far; and the longest that an answer took, in ms. */
size_t load_count(const struct load *load, enum load_end end);
double load_worst(const struct load *load);

#endif
