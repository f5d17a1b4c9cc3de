/*
 * From a TERM for PID 1 to the end of its whole container, in ms.  The app dies
 * of the signal at once, so that all of it is the supervisor's.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#include <poll.h>
#include <signal.h>

#define ROUNDS 60
#define SOON 10000

static struct rival {
	const char *label;
	const char *name;
	int every;     /* takes part in each so-manieth round */
	int settle_ms; /* after the app's birth: until it would hear a TERM */
	bool there;
	struct peer peer;
	struct cage_how how;
	struct series series;
} rivals[] = {
	{ .label = "cradle", .name = "cradle", .every = 1, .settle_ms = 20 },
	{ .label = "tini", .name = "tini", .every = 1, .settle_ms = 20 },
	{
	    .label = "dumb-init",
	    .name = "dumb-init",
	    .every = 1,
	    .settle_ms = 20,
	},
	{
	    .label = "catatonit",
	    .name = "catatonit",
	    .every = 1,
	    .settle_ms = 20,
	},
	{ .label = "s6", .name = "s6-svscan", .every = 2, .settle_ms = 20 },
	{
	    .label = "supervisord",
	    .name = "supervisord",
	    .every = 10,
	    .settle_ms = 1500,
	},
	{ .label = "pm2", .name = "pm2", .every = 10, .settle_ms = 1500 },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static void
run(struct rival *r)
{
	struct page *page = cage_page(0, 0);
	struct cage cage;
	int64_t ended;

	cage_start(&cage, &r->how);
	if (!cage_lives(page, 1, SOON))
		measure_fail("no app under %s", r->label);
	(void)poll(NULL, 0, r->settle_ms);
	int64_t told = page_now();
	(void)kill(cage.pid, SIGTERM);
	if (!cage_ended(&cage, SOON, &ended))
		measure_fail("%s does not stop", r->label);
	series_add(&r->series, (double)(ended - told) / 1e6);
	cage_end(&cage);
}

static void
take(int round, size_t i)
{
	struct rival *r = &rivals[i];
	if (r->there && round % r->every == r->every / 2)
		run(r);
}

int
main(void)
{
	for (size_t i = 0; i < RIVALS; i++) {
		struct rival *r = &rivals[i];
		r->there = peer_prepare(&r->peer, &r->how, r->name, "life");
	}
	measure_rounds(ROUNDS, RIVALS, take);
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "stop", rivals[i].label);
	return 0;
}
