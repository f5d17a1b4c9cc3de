/*
 * STORM orphans at once: how long until PID 1 has reaped every one, what that
 * took of its processor time, and its memory before and after.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"
#include "proc.h"

#include <poll.h>

#define STORM 10000
#define ROUNDS 3
#define SOON 10000
#define LATE 60000
#define SETTLE_MS 1500 /* a service counts as started after a second */
#define CHILDREN_MAX (2 * STORM)

static struct rival {
	const char *label;
	const char *name;
	bool there;
	struct peer peer;
	struct cage_how how;
	struct series took, cpu, before, after, left;
} rivals[] = {
	{ .label = "cradle", .name = "cradle" },
	{ .label = "tini", .name = "tini" },
	{ .label = "s6", .name = "s6-svscan" },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static size_t
children_of(pid_t pid)
{
	static pid_t pids[CHILDREN_MAX];
	return proc_children(pid, pids, CHILDREN_MAX);
}

/* How many more children than before are there once the time is over. */
static size_t
wait_for_calm(const struct page *page, pid_t pid, size_t before)
{
	int64_t deadline = page_now() + (int64_t)LATE * 1000000;
	size_t now;

	while ((now = children_of(pid)) > before || !page->storm_over) {
		if (page_now() > deadline)
			break;
		(void)poll(NULL, 0, 1);
	}
	return now - before;
}

static void
run(struct rival *r)
{
	struct page *page = cage_page(0, 0);
	struct cage cage;

	cage_start(&cage, &r->how);
	if (!cage_lives(page, 1, SOON))
		measure_fail("no app under %s", r->label);
	(void)poll(NULL, 0, SETTLE_MS);
	size_t children = children_of(cage.pid);
	series_add(&r->before, proc_anonymous(cage.pid));
	double cpu = proc_cpu(cage.pid);
	int64_t from = page_now();

	page->storm_orphans = STORM;
	size_t left = wait_for_calm(page, cage.pid, children);
	series_add(&r->took, (double)(page_now() - from) / 1e6);
	series_add(&r->cpu, (proc_cpu(cage.pid) - cpu) / STORM);
	series_add(&r->after, proc_anonymous(cage.pid));
	series_add(&r->left, (double)left);
	cage_end(&cage);
}

static void
take(int round, size_t i)
{
	(void)round;
	if (rivals[i].there)
		run(&rivals[i]);
}

int
main(void)
{
	for (size_t i = 0; i < RIVALS; i++) {
		struct rival *r = &rivals[i];
		r->there = peer_prepare(&r->peer, &r->how, r->name, "storm");
	}
	measure_rounds(ROUNDS, RIVALS, take);
	for (size_t i = 0; i < RIVALS; i++) {
		struct rival *r = &rivals[i];
		series_tell(&r->took, "storm", r->label);
		series_tell(&r->cpu, "storm-cpu", r->label);
		series_tell(&r->before, "storm-before", r->label);
		series_tell(&r->after, "storm-after", r->label);
		series_tell(&r->left, "storm-left", r->label);
	}
	return 0;
}
