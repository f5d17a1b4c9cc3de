/*
 * What the handover costs a busy node server: its processor time for a request
 * with it off to that with it on, under wrk.  Two servers stand side by side
 * and are made anew for each pair, since one process is luckier with its memory
 * than another.  Once plain, once under a container's own seccomp filter.
 */
#include "load.h"
#include "measure.h"
#include "proc.h"
#include "profile.h"
#include "server.h"
#include "wrk.h"

#define PAIRS 5
#define TURNS 5 /* the first of each is to warm up */
#define TURN_S 1
#define CONNECTIONS 8
#define BOOT_MS 15000

static struct rival {
	const char *name;
	struct server server;
	pid_t pid;
	double cost[TURNS]; /* us of processor time for a request */
} rivals[] = {
	{ .name = "cradle-off" },
	{ .name = "cradle" },
};

static bool
begin(struct rival *r, void dress(void))
{
	struct load *load;

	if (!server_start(&r->server, r->name, dress, BOOT_MS))
		return false;
	pid_t inside;
	load =
	    load_open(&(struct load_how){ .port = r->server.port, .rate = 1 });
	if (load_ask(load, BOOT_MS, &inside) != 0)
		r->pid = server_process(&r->server, inside);
	load_close(load);
	if (r->pid == 0)
		measure_fail("no server under %s", r->name);
	return true;
}

/* Both at the same time: whatever disturbs one disturbs the other. */
static bool
take(int turn)
{
	struct wrk wrk[2];
	struct wrk_result result;
	double before[2];

	for (int i = 0; i < 2; i++) {
		before[i] = proc_cpu(rivals[i].pid);
		if (!wrk_begin(
			&wrk[i], rivals[i].server.port, CONNECTIONS, TURN_S))
			return false;
	}
	for (int i = 0; i < 2; i++) {
		struct rival *r = &rivals[i];
		wrk_end(&wrk[i], &result);
		if (result.requests == 0)
			measure_fail("%s answers nothing", r->name);
		r->cost[turn] =
		    (proc_cpu(r->pid) - before[i]) / result.requests;
	}
	return true;
}

static bool
take_pair(void dress(void), struct series *ratio)
{
	bool fine = begin(&rivals[0], dress) && begin(&rivals[1], dress);

	for (int turn = 0; fine && turn < TURNS; turn++) {
		fine = take(turn);
		if (fine && turn > 0)
			series_add(
			    ratio, rivals[0].cost[turn] / rivals[1].cost[turn]);
	}
	for (int i = 0; i < 2; i++)
		if (rivals[i].server.name != NULL)
			server_end(&rivals[i].server);
	return fine;
}

static void
measure(void dress(void), const char *figure)
{
	struct series ratio = { .count = 0 };

	for (int i = 0; i < PAIRS; i++)
		if (!take_pair(dress, &ratio))
			return;
	series_tell(&ratio, figure, "cradle");
}

int
main(void)
{
	profile_make();
	measure(NULL, "busy-plain");
	measure(profile_put_on, "busy-caged");
	return 0;
}
