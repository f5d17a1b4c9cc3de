/*
 * From the last instruction of a life to the first of the next one, in ms.
 *
 * What each is asked for is its first restart after a start: the only one that
 * cradle promises without a delay.  PM2 has no back-off and a start that takes
 * long, so that one of its instances gives several.
 *
 * "load" as an argument: the same while every processor is wanted by one more
 * busy process, for those that do not wait by design.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define ROUNDS 400
#define ROUNDS_LOAD 80
#define LIFE_US 10000
#define CALM_US 1100000 /* longer than the second that s6 cares about */
#define SOON 10000

static struct rival {
	const char *label; /* in the table */
	const char *name;
	uint32_t restarts; /* an instance gives so many */
	int every;         /* takes part in each so-manieth round */
	bool events;
	bool no_load; /* is not measured under load */
	uint32_t life_us;
	bool there;
	struct peer peer;
	struct cage_how how;
	struct series series;
} rivals[] = {
	{
	    .label = "loop",
	    .name = "loop",
	    .restarts = 1,
	    .every = 1,
	    .life_us = LIFE_US,
	},
	{
	    .label = "cradle",
	    .name = "cradle",
	    .restarts = 1,
	    .every = 1,
	    .life_us = LIFE_US,
	},
	{
	    .label = "cradle-events",
	    .name = "cradle",
	    .no_load = true,
	    .restarts = 1,
	    .every = 1,
	    .life_us = LIFE_US,
	    .events = true,
	},
	{
	    .label = "s6",
	    .name = "s6",
	    .no_load = true,
	    .restarts = 1,
	    .every = 80,
	    .life_us = LIFE_US,
	},
	{
	    .label = "s6-calm",
	    .name = "s6",
	    .no_load = true,
	    .restarts = 1,
	    .every = 80,
	    .life_us = CALM_US,
	},
	{
	    .label = "pm2",
	    .name = "pm2",
	    .restarts = 10,
	    .every = 80,
	    .life_us = LIFE_US,
	},
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static void
prepare(struct rival *r)
{
	r->there = peer_prepare(&r->peer, &r->how, r->name, "life");
	if (!r->events)
		return;
	/* nobody listens there: every event fails and is tried again */
	cage_env_add(&r->how,
	    measure_text(
		"CRADLE_SLACK_WEBHOOK=https://127.0.0.1:1/services/x"));
}

static void
run(struct rival *r)
{
	struct page *page = cage_page(r->restarts, r->life_us);
	struct cage cage;

	cage_start(&cage, &r->how);
	if (!cage_lives(page, r->restarts + 1, SOON))
		measure_fail("no restart under %s", r->label);
	cage_end(&cage);
	for (uint32_t i = 0; i < r->restarts; i++)
		series_add(&r->series,
		    (double)(page->life[i + 1].born - page->life[i].died) /
			1e6);
}

/* They die with us. */
static void
begin_load(void)
{
	for (long n = sysconf(_SC_NPROCESSORS_ONLN); n > 0; n--) {
		pid_t pid = fork();
		if (pid == -1)
			measure_fail("cannot make a process");
		if (pid > 0)
			continue;
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (volatile unsigned busy = 0;; busy++)
			;
	}
}

static bool load;

static void
take(int round, size_t i)
{
	struct rival *r = &rivals[i];
	if (!r->there || round % r->every != r->every / 2)
		return;
	if (!load || !r->no_load)
		run(r);
}

int
main(int argc, char *argv[])
{
	load = argc > 1 && strcmp(argv[1], "load") == 0;
	for (size_t i = 0; i < RIVALS; i++)
		prepare(&rivals[i]);
	if (load)
		begin_load();
	measure_rounds(load ? ROUNDS_LOAD : ROUNDS, RIVALS, take);
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series,
		    load ? "restart-load" : "restart", rivals[i].label);
	return 0;
}
