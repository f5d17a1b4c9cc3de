#ifndef SUPERVISOR_REBIRTH_H
#define SUPERVISOR_REBIRTH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * PID 1 survives itself.  When the kernel finds it at fault, or an assertion
 * fails, the signal handler writes what PID 1 knows into a memory file (its
 * state, its plan, the sealed values: testament.h) and executes the same
 * program again in the same process.  The children stay ours, and the new
 * program adopts them (adopt.h).
 *
 * A program that fails before it has taken over begins once more from the same
 * memory file, and counts like any other.
 *
 * At most REBIRTHS_MAX within REBIRTHS_WINDOW_MS go on as if nothing had been;
 * one more stops the services in order and leaves with 70.  When even that
 * fails, REBIRTHS_KEPT times, or what PID 1 knows cannot be written down or
 * read again, the next program knows nothing: it tells whatever runs to end,
 * and leaves with 70 too.  Only one that fails in this dies of it.
 */

#define REBIRTHS_MAX 3
#define REBIRTHS_KEPT 8
#define REBIRTHS_WINDOW_MS 60000

/* How the new program is called: the number of the memory file follows. */
#define REBIRTH_TITLE "cradle:reborn:"

struct rebirths {
	int64_t count; /* ever */
	int64_t at_ms[REBIRTHS_KEPT];
};

struct init;

/* main()'s own, for the title; nothing may change it afterwards. */
void rebirth_remember(char *argv[]);

/*
 * Until rebirth_arm a fault has this program executed once more, with the same
 * memory file; -1: it kills.
 */
void rebirth_arm_early(int fd);

/* From now on a fault of this process begins PID 1 again with this state. */
void rebirth_arm(struct init *init);

/* The tries of programs that have failed before this one are failures too. */
void rebirths_add(struct rebirths *r, unsigned tries, int64_t now);

/* How many were within the window that ends at now; 0 to REBIRTHS_KEPT. */
int rebirths_recent(const struct rebirths *r, int64_t now);

/*
 * Let the descriptors that belong to the state pass over an exec, or not.  Only
 * what a signal handler may do.
 */
void rebirth_pass_descriptors(const struct init *init, bool pass);

#endif
