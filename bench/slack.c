/*
 * From the last instruction of a life that crashes to the fake of Slack having
 * read the request, in ms: the courier's start and a TLS handshake lie between.
 */
#include "cage.h"
#include "fake.h"
#include "measure.h"
#include "peer.h"

#define ROUNDS 30
#define LIFE_US 10000
#define SOON 10000
#define PATH "/services/T00000000/B00000000/f4k3w3bh00kf4k3w3bh00k00"

static struct series series;

static void
run(const struct cage_how *how, struct fake *fake)
{
	struct page *page = cage_page(1, LIFE_US);
	struct cage cage;

	cage_start(&cage, how);
	int64_t seen = fake_request(fake, SOON);
	cage_end(&cage);
	series_add(&series, (double)(seen - page->life[0].died) / 1e6);
}

int
main(void)
{
	struct peer peer;
	struct fake fake;

	if (!peer_find(&peer, "cradle", "life"))
		return 1;
	fake_start(
	    &fake, "slack.js", measure_text("{\"tls\": \"%s\"}", fake_tls()));
	struct cage_how how = { .argv = peer.argv, .out = -1 };
	cage_env_begin(&how);
	cage_env_add(
	    &how, measure_text("CRADLE_CA_FILE=%s/ca.pem", fake_tls()));
	cage_env_add(
	    &how, measure_text("CRADLE_SLACK_WEBHOOK=https://127.0.0.1:%d" PATH,
		      fake.port));
	for (int round = 0; round < ROUNDS; round++)
		run(&how, &fake);
	fake_end(&fake);
	series_tell(&series, "slack", "cradle");
	return 0;
}
