/*
 * Reloads under load, by each one's own command: what became of the requests.
 * A connection for each, since whoever sends on a kept one may always meet its
 * end.
 */
#include "load.h"
#include "measure.h"
#include "server.h"

#include <stddef.h>

#define RELOADS 10
#define RATE 200
#define BOOT_MS 15000
#define CALM_MS 300
#define NEW_MS 10000
#define MS INT64_C(1000000)

static const char *const names[] = { "cradle", "pm2-cluster" };

/* Until somebody else answers; false: nobody else does. */
static bool
await_new(struct load *load, pid_t old)
{
	int64_t deadline = page_now() + NEW_MS * MS;
	pid_t server = old;

	while (server == old && page_now() < deadline) {
		load_run(load, page_now() + 20 * MS);
		(void)load_ask(load, NEW_MS, &server);
	}
	return server != old;
}

static void
tell(const struct load *load, const char *name, int reloads)
{
	measure_tell("reload-ok", name, (double)load_count(load, LOAD_OK));
	measure_tell(
	    "reload-refused", name, (double)(load_count(load, LOAD_REFUSED)));
	measure_tell("reload-cut", name,
	    (double)(load_count(load, LOAD_LOST) +
		     load_count(load, LOAD_RESET)));
	measure_tell("reload-hung", name, (double)load_count(load, LOAD_HUNG));
	measure_tell("reload-count", name, reloads);
	measure_tell("reload-worst", name, load_worst(load));
}

static void
run(const char *name)
{
	static struct server server;
	pid_t old = 0;
	int reloads = 0;

	if (!server_start(&server, name, NULL, BOOT_MS))
		return;
	struct load *load =
	    load_open(&(struct load_how){ .port = server.port, .rate = RATE });
	for (int i = 0; i < RELOADS; i++) {
		load_run(load, page_now() + CALM_MS * MS);
		(void)load_ask(load, NEW_MS, &old);
		if (server_reload(&server, load))
			reloads += await_new(load, old);
	}
	load_run(load, page_now() + CALM_MS * MS);
	load_close(load);
	server_end(&server);
	tell(load, name, reloads);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		run(names[i]);
	return 0;
}
