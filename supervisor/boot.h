#ifndef SUPERVISOR_BOOT_H
#define SUPERVISOR_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What happens before the services run.
 *
 * PREPARING  secrets are fetched and assets substituted, side by side.
 * TASKS      one after the other.
 * SERVICES   started; boot is over when every essential one is ready.
 * DONE       the boot line has been written.
 * FAILED     a step failed and named itself; the stop has begun.
 */
enum boot_state {
	BOOT_PREPARING,
	BOOT_TASKS,
	BOOT_SERVICES,
	BOOT_DONE,
	BOOT_FAILED,
	BOOT_STATES,
};

struct buf;
struct init;

struct boot {
	enum boot_state state;
	bool fetching; /* an answer of fetch is open */
	bool fetched;  /* it has said that it is through */
	bool injecting;

	size_t task; /* the one that runs or comes next */
	pid_t task_pid;
	bool task_died;
	int task_status;
	int64_t task_deadline;
	bool task_told;        /* to end: its time is over, or cradle stops */
	int task_tries;        /* of the current one that have failed */
	int64_t task_retry_at; /* ... and when the next begins; NEVER: now */

	int64_t
	    prepare_deadline; /* fetch has its own and keeps it, if it lives */
	int fail_code;        /* the first miss of fetch; 0: none */
	char fail_reason[512];
	int64_t fail_at; /* ... is told then at the latest */

	int64_t step_us; /* when the current step began */
	int64_t secrets_us, assets_us, tasks_us, services_us, total_us;
	int64_t from_scw, from_files, requests;
	int64_t scanned, rewritten, dependents, placeholders, read_bytes;
	int64_t inject_us;
};

/* What there is to do; starts the helpers that do it. */
void boot_begin(struct init *init);

/* Go on as far as possible. */
void boot_turn(struct init *init);

/* A step failed: one line, one event, and the stop with that code. */
void boot_fail(struct init *init, int code, const char *reason);

/*
 * A secret cannot be had.  The others are waited for a moment longer: one of
 * them may be the address of those who want to hear of it.
 */
void boot_miss(struct init *init, int code, const char *reason);

/* The stop has begun: let go of whatever runs. */
void boot_stop(struct init *init, int signal);
void boot_force(struct init *init);

int64_t boot_deadline(const struct init *init);

/* "fetching secrets", for the status. */
const char *boot_step_name(const struct init *init);

/* "8.1 ms", "120 ms" or "2.50 s", as the boot line has its times. */
void boot_add_time(struct buf *line, int64_t us);

#endif
