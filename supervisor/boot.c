#include "supervisor/environment_names.h"
#include "supervisor/boot.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"
#include "supervisor/init.h"
#include "supervisor/tasks.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define FETCH_EXTRA_MS 5000 /* over the secrets' own deadline */
#define MISS_WAIT_MS 1000
#define HELPER_LIVES 5 /* of fetch or inject, before boot gives up */

void
boot_begin(struct init *init)
{
	struct boot *b = &init->boot;
	b->task_deadline = NEVER;
	b->task_retry_at = NEVER;
	b->fail_at = NEVER;
	b->prepare_deadline = NEVER;
	b->step_us = init->born_us;
	b->fetching = init->environment.wants > 0;
	b->injecting = init->plan->assets_count > 0;
	if (b->fetching)
		b->prepare_deadline = clock_ms() +
				      init->plan->secrets.deadline_ms +
				      FETCH_EXTRA_MS;
	init->helper[ROLE_FETCH].wanted = b->fetching;
	init->helper[ROLE_INJECT].wanted =
	    b->injecting &&
	    !(b->fetching && environment_names_any_allowed(&init->environment));
}

void
boot_fail(struct init *init, int code, const char *reason)
{
	if (init->boot.state == BOOT_FAILED || init->phase != PHASE_RUN)
		return;
	if (code == EXITS_OK) /* a helper's word is not believed blindly */
		code = EXITS_INTERNAL;
	bool by_task = init->boot.state == BOOT_TASKS;
	init->boot.state = BOOT_FAILED;
	log_error(0, "%s", reason);
	struct obituary *one =
	    obituary_new(&init->obituaries, EVENT_BOOT_FAILED);
	if (one != NULL) {
		one->service = init->plan->app;
		one->exit_code = code;
		one->uptime_ms = (clock_us() - init->born_us) / 1000;
		(void)snprintf(one->reason, sizeof(one->reason), "%s", reason);
		if (by_task && init->streams.on)
			obituary_want_tail(
			    one, init->services, init->streams.last_id);
	}
	farewell_because(init, reason);
	init_stop_with(init, code);
}

/* ---- preparing ---- */

/* Secrets are all there: seal them, and forget the manager's credential. */
static bool
seal(struct init *init)
{
	struct boot *b = &init->boot;
	const struct plan_scw *scw = &init->plan->secrets.scw;

	int r = environment_seal(&init->environment);
	if (r < 0) {
		boot_fail(init, EXITS_OSERR,
		    "cannot build the services' environment: out of memory");
		return false;
	}
	if (init->environment.wants > 0)
		b->secrets_us = clock_us() - b->step_us;
	if (scw->secret_key[0] != '\0')
		secret_wipe((char *)(uintptr_t)scw->secret_key,
		    strlen(scw->secret_key));
	return true;
}

void
boot_miss(struct init *init, int code, const char *reason)
{
	struct boot *b = &init->boot;
	if (b->fail_code != 0)
		return;
	b->fail_code = code == EXITS_OK ? EXITS_INTERNAL : code;
	b->fail_at = clock_ms() + MISS_WAIT_MS;
	(void)snprintf(b->fail_reason, sizeof(b->fail_reason), "%s", reason);
}

/* What did arrive is sealed first: it may be where the event must go. */
static void
fail_fetching(struct init *init, int code, const char *reason)
{
	(void)environment_seal(&init->environment);
	boot_fail(init, code, reason);
}

static bool
keeps_dying(const struct helper *h)
{
	return h->wanted && h->pid == 0 && h->starts >= HELPER_LIVES;
}

/* True: it is over; a helper that cannot do its work is no reason to hang. */
static bool
fails(struct init *init)
{
	struct boot *b = &init->boot;
	int64_t now = clock_ms();

	if (b->fail_code != 0 && (b->fetched || now >= b->fail_at))
		fail_fetching(init, b->fail_code, b->fail_reason);
	else if (b->fetching && now >= b->prepare_deadline)
		fail_fetching(init, EXITS_UNAVAILABLE,
		    "cannot fetch secrets: fetch did not answer in time (see "
		    "secrets.deadline)");
	else if (b->fetched && init->environment.open > 0)
		fail_fetching(init, EXITS_INTERNAL,
		    "cannot fetch secrets: fetch left some without an answer");
	else if (keeps_dying(&init->helper[ROLE_FETCH]))
		fail_fetching(init, EXITS_INTERNAL,
		    "cannot fetch secrets: fetch dies again and again");
	else if (keeps_dying(&init->helper[ROLE_INJECT]))
		boot_fail(init, EXITS_INTERNAL,
		    "cannot substitute assets: inject dies again and again");
	return b->state == BOOT_FAILED;
}

static bool
prepared(struct init *init)
{
	struct boot *b = &init->boot;
	if (fails(init))
		return false;
	if (b->fetching && b->fetched) {
		b->fetching = false;
		b->prepare_deadline = NEVER;
		if (!seal(init))
			return false;
		init->helper[ROLE_INJECT].wanted = b->injecting;
	}
	return !b->fetching && !b->injecting;
}

/* ---- services, and the line that says where the time went ---- */

/* One that was stopped by hand is not waited for: whoever did it knows. */
static bool
services_ready(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (s->plan->essential && s->state != LIFE_READY &&
		    s->state != LIFE_RESTING)
			return false;
	}
	return true;
}

static void
add_secrets(struct buf *line, const struct boot *b)
{
	buf_str(line, ", secrets ");
	boot_add_time(line, b->secrets_us);
	buf_str(line, " (");
	if (b->from_scw > 0)
		buf_fmt(line, "%lld from scw", (long long)b->from_scw);
	if (b->from_files > 0)
		buf_fmt(line, "%s%lld from files", b->from_scw > 0 ? ", " : "",
		    (long long)b->from_files);
	buf_str(line, ")");
}

/*
 * What did not run cannot be measured: what the launchers are known to cost, at
 * the least.
 */
static void
add_direct(struct buf *line, const struct init *init)
{
	const char *note = NULL;
	int launchers = 0, saved_ms = 0;
	for (size_t i = 0; i < init->services; i++) {
		const struct plan_service *s = &init->plan->services[i];
		if (s->direct_note[0] == '\0')
			continue;
		if (launchers++ == 0)
			note = s->direct_note;
		saved_ms += s->direct_saved_ms;
	}
	if (launchers == 1)
		buf_fmt(line, " (without %s, about %d ms)", note, saved_ms);
	else if (launchers > 1)
		buf_fmt(line, " (without %s and %d more, about %d ms)", note,
		    launchers - 1, saved_ms);
}

static void
say_where_time_went(const struct init *init)
{
	const struct boot *b = &init->boot;
	char memory[1024];
	struct buf line = BUF_ON(memory);

	buf_str(&line, "ready in ");
	boot_add_time(&line, b->total_us);
	size_t colon = line.len;
	if (init->environment.wants > 0)
		add_secrets(&line, b);
	if (init->plan->assets_count > 0) {
		buf_str(&line, ", assets ");
		boot_add_time(&line, b->assets_us);
		buf_fmt(&line, " (%lld files, %lld rewritten)",
		    (long long)b->scanned, (long long)b->rewritten);
	}
	if (init->plan->tasks_count > 0) {
		buf_str(&line, ", tasks ");
		boot_add_time(&line, b->tasks_us);
	}
	buf_fmt(&line, ", %s ", init->plan->services[0].name);
	boot_add_time(&line, b->services_us);
	add_direct(&line, init);
	memory[colon] = ':';
	handover_describe(init, &line);
	log_info("%s; stop grace %s", memory, init->plan->grace_source);
}

static int64_t
end_step(struct boot *b)
{
	int64_t now = clock_us(), took = now - b->step_us;
	b->step_us = now;
	return took;
}

static void
enter_tasks(struct init *init)
{
	struct boot *b = &init->boot;
	if (init->environment.wants == 0 && !seal(init))
		return;
	(void)end_step(b);
	b->state = BOOT_TASKS;
}

/* Over for good, or stopped by hand: nobody waits for what will not come. */
static bool
lies_still(const struct service *s)
{
	return s->state == LIFE_ENDED || s->state == LIFE_RESTING;
}

static bool
was_waited_for(const struct init *init, const struct service *s)
{
	for (size_t i = 0; i < s->index; i++) {
		const struct service *other = &init->service[i];
		if ((s->plan->after >> i & 1) != 0 && !other->was_ready &&
		    !lies_still(other))
			return false;
	}
	return true;
}

static void
start_in_order(struct init *init)
{
	if (init->phase != PHASE_RUN)
		return;
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		if (s->state == LIFE_WAITING && was_waited_for(init, s))
			service_go(s);
	}
}

static void
enter_services(struct init *init)
{
	struct boot *b = &init->boot;
	b->tasks_us = end_step(b);
	b->state = BOOT_SERVICES;
	start_in_order(init);
}

/* A bare command with nothing to prepare is not worth a line of its log. */
static void
finish(struct init *init)
{
	struct boot *b = &init->boot;
	b->services_us = end_step(b);
	b->total_us = b->step_us - init->born_us;
	b->state = BOOT_DONE;
	if (init->plan->source[0] != '\0' || init->environment.wants > 0 ||
	    init->health_fd != -1 || init->obituaries.on)
		say_where_time_went(init);
}

void
boot_turn(struct init *init)
{
	struct boot *b = &init->boot;

	if (b->state == BOOT_PREPARING && init->phase == PHASE_RUN &&
	    prepared(init))
		enter_tasks(init);
	if (tasks_turn(init))
		enter_services(init);
	if (b->state == BOOT_SERVICES || b->state == BOOT_DONE)
		start_in_order(init);
	if (b->state == BOOT_SERVICES && services_ready(init))
		finish(init);
}

void
boot_stop(struct init *init, int signal)
{
	init->helper[ROLE_FETCH].wanted = false;
	init->helper[ROLE_INJECT].wanted = false;
	tasks_stop(init, signal);
}

void
boot_force(struct init *init)
{
	tasks_force(init);
}

int64_t
boot_deadline(const struct init *init)
{
	const struct boot *b = &init->boot;
	int64_t first = tasks_deadline(init);
	if (b->state != BOOT_PREPARING || init->phase != PHASE_RUN)
		return first;
	if (b->prepare_deadline < first)
		first = b->prepare_deadline;
	return b->fail_at < first ? b->fail_at : first;
}

const char *
boot_step_name(const struct init *init)
{
	const struct boot *b = &init->boot;
	switch (b->state) {
	case BOOT_PREPARING:
		return b->fetching ? "fetching secrets" : "substituting assets";
	case BOOT_TASKS:
		return b->task < init->plan->tasks_count
			   ? init->plan->tasks[b->task].name
			   : "tasks";
	case BOOT_SERVICES:
		return "starting services";
	case BOOT_DONE:
		return "running";
	case BOOT_FAILED:
		return "failed";
	case BOOT_STATES:
		break;
	}
	return "unknown";
}

void
boot_add_time(struct buf *line, int64_t us)
{
	if (us < 10000)
		buf_fmt(line, "%.1f ms", (double)us / 1000);
	else if (us < 1000000)
		buf_fmt(line, "%d ms", (int)(us / 1000));
	else
		buf_fmt(line, "%.2f s", (double)us / 1000000);
}
