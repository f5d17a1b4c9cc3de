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
take(struct rival *r)
{
	series_add(&r->series, cage_first_life(&r->how, r->label, SOON));
}

int
main(void)
{
	size_t order[RIVALS];

	for (size_t i = 0; i < RIVALS; i++) {
		struct rival *r = &rivals[i];
		r->there = peer_find(&r->peer, r->name, "life");
		r->how = (struct cage_how){ .argv = r->peer.argv, .out = -1 };
		cage_env_begin(&r->how);
		if (r->setting != NULL)
			cage_env_add(&r->how, r->setting);
	}
	for (int round = 0; round < ROUNDS; round++) {
		measure_shuffle(order, RIVALS);
		for (size_t i = 0; i < RIVALS; i++)
			if (rivals[order[i]].there)
				take(&rivals[order[i]]);
	}
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "exec", rivals[i].label);
	return 0;
}
