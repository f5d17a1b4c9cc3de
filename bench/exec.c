/*
 * From the exec of a supervisor, without any configuration, to its app's first
 * instruction, in ms.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#define ROUNDS 400
#define SOON 5000

static struct rival {
	const char *label; /* in the table */
	const char *name;
	char *setting; /* one more for its environment, or NULL */
	bool there;
	struct peer peer;
	struct cage_how how;
	struct series series;
} rivals[] = {
	{ .label = "bare", .name = "bare" },
	{ .label = "tini", .name = "tini" },
	{ .label = "dumb-init", .name = "dumb-init" },
	{ .label = "catatonit", .name = "catatonit" },
	{ .label = "cradle", .name = "cradle" },
	{
	    .label = "cradle-off",
	    .name = "cradle",
	    .setting = "CRADLE_HANDOVER=off",
	},
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static void
take(int round, size_t i)
{
	struct rival *r = &rivals[i];
	(void)round;
	if (!r->there)
		return;
	series_add(&r->series, cage_first_life(&r->how, r->label, SOON));
}

int
main(void)
{
	for (size_t i = 0; i < RIVALS; i++) {
		struct rival *r = &rivals[i];
		r->there = peer_prepare(&r->peer, &r->how, r->name, "life");
		if (r->setting != NULL)
			cage_env_add(&r->how, r->setting);
	}
	measure_rounds(ROUNDS, RIVALS, take);
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "exec", rivals[i].label);
	return 0;
}
