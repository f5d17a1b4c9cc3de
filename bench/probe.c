/*
 * What a probe costs that a HEALTHCHECK starts: from its exec to its end, in
 * ms, against a cradle that is well.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#include <poll.h>

#define ROUNDS 100
#define SOON 5000

static struct rival {
	const char *name;
	char *argv[8];
	struct cage_how how;
	struct series series;
} rivals[] = {
	{ .name = "cradle" },
	{ .name = "curl" },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static int
run(struct rival *r)
{
	struct cage cage;
	int64_t ended;

	cage_start(&cage, &r->how);
	if (!cage_ended(&cage, SOON, &ended))
		measure_fail("%s does not end", r->name);
	double ms = (double)(ended - cage.begun) / 1e6;
	int status = cage_end(&cage);
	if (status == 0)
		series_add(&r->series, ms);
	return status;
}

static void
prepare(char *cradle, const char *curl, int port)
{
	char *url = measure_text("http://127.0.0.1:%d/livez", port);
	struct rival *r = rivals;

	r->argv[0] = cradle;
	r->argv[1] = "health";
	r->argv[2] = url;
	r++;
	r->argv[0] = measure_text("%s", curl == NULL ? "" : curl);
	r->argv[1] = "-fsS";
	r->argv[2] = url;
	for (size_t i = 0; i < RIVALS; i++) {
		rivals[i].how.argv = rivals[i].argv;
		rivals[i].how.out = -1;
		cage_env_begin(&rivals[i].how);
	}
}

/* Its listener is there from the start, an answer a moment later. */
static void
wait_until_well(void)
{
	int64_t deadline = page_now() + (int64_t)SOON * 1000000;

	while (run(&rivals[0]) != 0) {
		if (page_now() > deadline)
			measure_fail("cradle does not answer probes");
		(void)poll(NULL, 0, 10);
	}
	rivals[0].series.count = 0;
}

int
main(void)
{
	struct page *page = cage_page(0, 0);
	int port = cage_free_port();
	char *curl = peer_program("curl");
	struct cage_how how = { .out = -1 };
	struct peer peer;
	struct cage cage;

	if (!peer_find(&peer, "cradle", "life"))
		return 1;
	how.argv = peer.argv;
	cage_env_begin(&how);
	cage_env_add(
	    &how, measure_text("CRADLE_HEALTH_LISTEN=127.0.0.1:%d", port));
	cage_start(&cage, &how);
	prepare(peer.argv[0], curl, port);
	if (!cage_lives(page, 1, SOON))
		measure_fail("no app under cradle");
	wait_until_well();
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < RIVALS; i++)
			if (i == 0 || curl != NULL)
				(void)run(&rivals[i]);
	cage_end(&cage);
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "probe", rivals[i].name);
	return 0;
}
