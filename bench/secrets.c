/*
 * From the exec of cradle to the first instruction of an app whose environment
 * has 20 secrets, in ms; the fake of the Secret Manager is a round trip of
 * RTT_MS away, in TCP's and TLS's handshakes too.  "near": the same without
 * the distance, which is what cradle's own work comes to.  "far": 100 ms
 * further away, so that the difference counts the round trips whatever
 * computing costs.
 */
#include "cage.h"
#include "fake.h"
#include "measure.h"
#include "peer.h"

#include <string.h>

#define ROUNDS 15
#define SECRETS 20
#define RTT_MS 20
#define SOON 10000
#define KEY "11111111-2222-4333-8444-555555555555"
#define PROJECT "0b7d0b9e-5a52-4d6f-8a53-3a40a1b8c702"

static struct place {
	const char *label;
	int rtt;
	struct fake fake;
	struct cage_how how;
	struct series series;
} places[] = {
	{ .label = "cradle", .rtt = RTT_MS },
	{ .label = "cradle-near", .rtt = 0 },
	{ .label = "cradle-far", .rtt = RTT_MS + 100 },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static struct peer peer;

static char *
settings(int rtt)
{
	char *text =
	    measure_text("{\"tls\": \"%s\", \"rtt\": %d, \"key\": \"" KEY
			 "\", \"project\": \"" PROJECT "\", \"secrets\": {",
		fake_tls(), rtt);

	for (int i = 0; i < SECRETS; i++)
		text = measure_text("%s%s\"/bench/s%d\": \"the value of %d\"",
		    text, i == 0 ? "" : ", ", i, i);
	return measure_text("%s}}", text);
}

static void
prepare(struct place *p)
{
	fake_start(&p->fake, "scaleway.js", settings(p->rtt));
	p->how = (struct cage_how){ .argv = peer.argv, .out = -1 };
	cage_env_begin(&p->how);
	char *const env[] = {
		measure_text("CRADLE_CA_FILE=%s/ca.pem", fake_tls()),
		measure_text(
		    "CRADLE_SCW_API_URL=https://127.0.0.1:%d", p->fake.port),
		"CRADLE_SCW_SECRET_KEY=" KEY,
		"CRADLE_SCW_PROJECT_ID=" PROJECT,
		"CRADLE_SCW_REGION=fr-par",
	};
	for (size_t i = 0; i < sizeof(env) / sizeof(env[0]); i++)
		cage_env_add(&p->how, env[i]);
	for (int i = 0; i < SECRETS; i++)
		cage_env_add(
		    &p->how, measure_text("S%d=scw://bench/s%d", i, i));
}

static void
run(struct place *p)
{
	struct page *page = cage_page(0, 0);
	struct cage cage;

	cage_start(&cage, &p->how);
	if (!cage_lives(page, 1, SOON))
		measure_fail("no app with its secrets");
	series_add(&p->series, (double)(page->life[0].born - cage.begun) / 1e6);
	cage_end(&cage);
}

int
main(void)
{
	if (!peer_find(&peer, "cradle", "life"))
		return 1;
	for (size_t i = 0; i < PLACES; i++)
		prepare(&places[i]);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < PLACES; i++)
			run(&places[i]);
	for (size_t i = 0; i < PLACES; i++) {
		fake_end(&places[i].fake);
		series_tell(&places[i].series, "secrets", places[i].label);
	}
	return 0;
}
