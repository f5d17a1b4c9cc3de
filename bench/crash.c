/*
 * kill -9 of a node server, over and over, under a constant load: what became
 * of the requests, and how long it took from each death to the next answer.
 *
 * crash [WHO...]: all of them, or those.
 */
#include "cage.h"
#include "load.h"
#include "measure.h"
#include "proc.h"
#include "server.h"
#include "wrk.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 300 /* connections a second */
#define KEPT 4
#define KEPT_RATE 20
#define BOOT_MS 15000
#define BACK_MS 15000
#define CALM_MS 2 /* from an answer to the next death, at least; */
#define CALM_SPREAD_US 15000
#define IDLE_REQUESTS 200
#define WRK_S 6
#define WRK_CONNECTIONS 8
#define MS INT64_C(1000000)

static struct rival {
	const char *name; /* as server.h has it */
	int crashes;
	bool wrk; /* under that, too */
} rivals[] = {
	{ .name = "cradle-tiny", .crashes = 1000 },
	{ .name = "cradle", .crashes = 60, .wrk = true },
	{ .name = "cradle-tiny-standby", .crashes = 15 },
	{ .name = "cradle-standby", .crashes = 15 },
	{ .name = "cradle-off", .crashes = 40, .wrk = true },
	{ .name = "pm2", .crashes = 25, .wrk = true },
	{ .name = "pm2-cluster", .crashes = 15 },
	{ .name = "s6", .crashes = 5 },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

struct run {
	struct server server;
	struct load *load;
	struct series idle, outage, after;
	int crashes;
};

/* What a request takes while nobody else asks anything. */
static void
take_idle(struct run *r)
{
	struct load *load =
	    load_open(&(struct load_how){ .port = r->server.port, .rate = 1 });
	pid_t server;

	for (int i = 0; i < IDLE_REQUESTS; i++) {
		int64_t from = page_now();
		int64_t at = load_ask(load, BACK_MS, &server);
		if (at != 0 && i > IDLE_REQUESTS / 4)
			series_add(&r->idle, (double)(at - from) / 1e6);
	}
	load_close(load);
}

/* False: it is gone for good; what was counted so far still counts. */
static bool
crash(struct run *r, const char *name)
{
	static unsigned short seed[3] = { 1, 2, 3 };
	pid_t server;

	if (load_ask(r->load, BACK_MS, &server) == 0)
		return false;
	pid_t victim = server_process(&r->server, server);
	if (victim == 0)
		measure_fail("%s: its process %d is not there", name, server);
	server_settle(&r->server, r->load, victim);
	load_run(r->load,
	    page_now() + CALM_MS * MS + nrand48(seed) % CALM_SPREAD_US * 1000);
	if (!proc_freeze(victim))
		measure_fail("%s: somebody else killed its process", name);
	load_note_accepted(r->load);
	load_await_death(r->load, (int)syscall(SYS_pidfd_open, victim, 0));
	int64_t killed = page_now();
	(void)kill(victim, SIGKILL);
	int64_t back = load_ask(r->load, BACK_MS, &server);
	r->crashes++;
	if (back == 0)
		return false;
	series_add(&r->outage, (double)(back - killed) / 1e6);
	int64_t died = load_death(r->load);
	if (died != 0)
		series_add(&r->after, (double)(back - died) / 1e6);
	return true;
}

static void
tell(struct run *r, const char *name)
{
	static const char *const figures[LOAD_ENDS] = {
		[LOAD_OK] = "crash-ok",
		[LOAD_REFUSED] = "crash-refused",
		[LOAD_LOST] = "crash-lost",
		[LOAD_RESET] = "crash-reset",
		[LOAD_HUNG] = "crash-hung",
	};

	for (int end = 0; end < LOAD_ENDS; end++)
		measure_tell(figures[end], name,
		    (double)load_count(r->load, (enum load_end)end));
	measure_tell("crash-count", name, r->crashes);
	measure_tell("crash-worst", name, load_worst(r->load));
	series_tell(&r->idle, "crash-idle", name);
	series_tell(&r->outage, "crash-outage", name);
	series_tell(&r->after, "crash-after", name);
}

/* The same under wrk, whose connections are kept and flat out. */
static void
run_wrk(const struct rival *rival)
{
	static struct run r;
	struct wrk wrk;
	struct wrk_result result;

	r = (struct run){ 0 };
	if (!rival->wrk || !server_start(&r.server, rival->name, NULL, BOOT_MS))
		return;
	r.load =
	    load_open(&(struct load_how){ .port = r.server.port, .rate = 1 });
	int64_t until = page_now() + (WRK_S - 1) * 1000 * MS;
	bool there = wrk_begin(&wrk, r.server.port, WRK_CONNECTIONS, WRK_S);
	while (there && page_now() < until && crash(&r, rival->name))
		;
	load_close(r.load);
	if (there) {
		wrk_end(&wrk, &result);
		measure_tell("wrk-ok", rival->name, result.requests);
		measure_tell("wrk-refused", rival->name, result.refused);
		measure_tell("wrk-cut", rival->name, result.cut);
		measure_tell("wrk-hung", rival->name, result.hung);
		measure_tell("wrk-count", rival->name, r.crashes);
	}
	server_end(&r.server);
}

static void
run(const struct rival *rival)
{
	static struct run r;

	r = (struct run){ 0 };
	if (!server_start(&r.server, rival->name, NULL, BOOT_MS))
		return;
	take_idle(&r);
	r.load = load_open(&(struct load_how){
	    .port = r.server.port,
	    .rate = RATE,
	    .kept = KEPT,
	    .kept_rate = KEPT_RATE,
	});
	while (r.crashes < rival->crashes && crash(&r, rival->name))
		;
	if (r.crashes < rival->crashes || r.outage.count < (size_t)r.crashes)
		(void)fprintf(stderr,
		    "bench: %s did not come back from death %d\n", rival->name,
		    r.crashes);
	load_close(r.load);
	server_end(&r.server);
	tell(&r, rival->name);
}

int
main(int argc, char *argv[])
{
	for (size_t i = 0; i < RIVALS; i++) {
		bool wanted = argc < 2;
		for (int k = 1; k < argc; k++)
			wanted |= strcmp(argv[k], rivals[i].name) == 0;
		if (!wanted)
			continue;
		run(&rivals[i]);
		run_wrk(&rivals[i]);
	}
	return 0;
}
