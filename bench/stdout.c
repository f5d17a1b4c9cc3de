/*
 * How fast an app's stdout comes through, in GB/s, from its first write to the
 * last byte here.  "bare": the app's own pipe; "cat": cat in between; cradle
 * captures it because events are on.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define ROUNDS 9
#define MIB 256
#define MIB_PM2 16 /* more would take it a minute */
#define RUN_MS 20000

static struct rival {
	const char *name;
	uint32_t mib;
	bool there;
	struct peer peer;
	struct cage_how how;
	struct series series;
} rivals[] = {
	{ .name = "bare", .mib = MIB },
	{ .name = "cat", .mib = MIB },
	{ .name = "cradle", .mib = MIB },
	{ .name = "pm2", .mib = MIB_PM2 },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static void
prepare(struct rival *r)
{
	if (strcmp(r->name, "cat") == 0) {
		r->there = peer_find(&r->peer, "bare", "pour");
		char *argv[] = { peer_program("sh"), "-c",
			measure_text("%s | cat", r->peer.argv[0]) };
		memcpy(r->peer.argv, argv, sizeof(argv));
	} else {
		r->there = peer_find(&r->peer, r->name, "pour");
	}
	r->how = (struct cage_how){ .argv = r->peer.argv };
	cage_env_begin(&r->how);
	if (strcmp(r->name, "cradle") == 0)
		cage_env_add(&r->how,
		    measure_text(
			"CRADLE_SLACK_WEBHOOK=https://127.0.0.1:1/services/x"));
}

/* Drop so many bytes without looking at them; false when they do not come. */
static bool
drain(int from, int null, uint64_t bytes)
{
	int64_t deadline = page_now() + (int64_t)RUN_MS * 1000000;

	while (bytes > 0) {
		struct pollfd pfd = { .fd = from, .events = POLLIN };
		int64_t left = deadline - page_now();
		if (left <= 0 || poll(&pfd, 1, (int)(left / 1000000) + 1) != 1)
			return false;
		ssize_t n =
		    splice(from, NULL, null, NULL, 1 << 20, SPLICE_F_MOVE);
		if (n <= 0)
			return false;
		bytes -= (uint64_t)n < bytes ? (uint64_t)n : bytes;
	}
	return true;
}

static void
run(struct rival *r, int null)
{
	struct page *page = cage_page(0, 0);
	uint64_t bytes = (uint64_t)r->mib << 20;
	struct cage cage;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		measure_fail("cannot make a pipe");
	page->pour_mib = r->mib;
	r->how.out = ends[1];
	cage_start(&cage, &r->how);
	(void)close(ends[1]);
	if (!drain(ends[0], null, bytes))
		measure_fail("%s does not pass everything on", r->name);
	int64_t took = page_now() - page->life[0].born;
	series_add(&r->series, (double)bytes / (double)took);
	cage_end(&cage);
	(void)close(ends[0]);
}

static void
take(int round, size_t i)
{
	static int null = -1;
	(void)round;
	if (null == -1)
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (rivals[i].there)
		run(&rivals[i], null);
}

int
main(void)
{
	for (size_t i = 0; i < RIVALS; i++)
		prepare(&rivals[i]);
	measure_rounds(ROUNDS, RIVALS, take);
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "stdout", rivals[i].name);
	return 0;
}
