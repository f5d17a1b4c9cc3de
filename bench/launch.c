/*
 * From the exec of cradle to the first instruction of an app that npm starts,
 * in ms: by npm, and with "direct" in its place.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#include <errno.h>
#include <sys/stat.h>

#define ROUNDS 25
#define SOON 20000

static struct rival {
	const char *name;
	const char *direct;
	char *argv[4];
	struct cage_how how;
	struct series series;
} rivals[] = {
	{ .name = "npm", .direct = "false" },
	{ .name = "cradle", .direct = "true" },
};
#define RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static void
prepare(struct rival *r, const char *folder)
{
	char *file = measure_text("%s/%s.json", folder, r->name);

	measure_write(
	    file, measure_text("{ \"services\": { \"app\": { \"command\":"
			       " [\"npm\", \"start\"], \"cwd\": \"%s\","
			       " \"direct\": %s } } }\n",
		      folder, r->direct));
	r->argv[0] = measure_text("%s", measure_setting("BENCH_CRADLE"));
	r->argv[1] = "-c";
	r->argv[2] = file;
	r->how = (struct cage_how){ .argv = r->argv, .out = -1 };
	cage_env_begin(&r->how);
}

static void
take(int round, size_t i)
{
	struct rival *r = &rivals[i];
	(void)round;
	series_add(&r->series, cage_first_life(&r->how, r->name, SOON));
}

int
main(void)
{
	char *folder = measure_text("%s/launch", measure_setting("BENCH_DIR"));

	if (peer_program("npm") == NULL)
		return 0;
	if (mkdir(folder, 0755) == -1 && errno != EEXIST)
		measure_fail("cannot make %s", folder);
	measure_write(measure_text("%s/package.json", folder),
	    measure_text("{ \"name\": \"app\", \"scripts\": { \"start\":"
			 " \"'%s/life'\" } }\n",
		measure_setting("BENCH_APPS")));
	for (size_t i = 0; i < RIVALS; i++)
		prepare(&rivals[i], folder);
	measure_rounds(ROUNDS, RIVALS, take);
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "launch", rivals[i].name);
	return 0;
}
