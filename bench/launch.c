/*
 * From the exec of cradle to the first instruction of an app that npm starts,
 * in ms: by npm, and with "direct" in its place.
 */
#include "cage.h"
#include "measure.h"
#include "peer.h"

#include <errno.h>
#include <stdio.h>
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
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		measure_fail("cannot write %s", path);
}

static void
prepare(struct rival *r, const char *folder)
{
	char *file = measure_text("%s/%s.json", folder, r->name);

	write_file(
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
run(struct rival *r)
{
	struct page *page = cage_page(0, 0);
	struct cage cage;

	cage_start(&cage, &r->how);
	if (!cage_lives(page, 1, SOON))
		measure_fail("no app under %s", r->name);
	series_add(&r->series, (double)(page->life[0].born - cage.begun) / 1e6);
	cage_end(&cage);
}

int
main(void)
{
	char *folder = measure_text("%s/launch", measure_setting("BENCH_DIR"));
	size_t order[RIVALS];

	if (peer_program("npm") == NULL)
		return 0;
	if (mkdir(folder, 0755) == -1 && errno != EEXIST)
		measure_fail("cannot make %s", folder);
	write_file(measure_text("%s/package.json", folder),
	    measure_text("{ \"name\": \"app\", \"scripts\": { \"start\":"
			 " \"'%s/life'\" } }\n",
		measure_setting("BENCH_APPS")));
	for (size_t i = 0; i < RIVALS; i++)
		prepare(&rivals[i], folder);
	for (int round = 0; round < ROUNDS; round++) {
		measure_shuffle(order, RIVALS);
		for (size_t i = 0; i < RIVALS; i++)
			run(&rivals[order[i]]);
	}
	for (size_t i = 0; i < RIVALS; i++)
		series_tell(&rivals[i].series, "launch", rivals[i].name);
	return 0;
}
