#include "peer.h"
#include "measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
peer_program(const char *name)
{
	const char *dir = measure_setting("PATH");

	while (*dir != '\0') {
		size_t len = strcspn(dir, ":");
		char *path = measure_text("%.*s/%s", (int)len, dir, name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
		dir += len + (dir[len] == ':');
	}
	return NULL;
}

/* The app as the run script of a service directory. */
static char *
service_directory(const char *app)
{
	char *dir = measure_text("%s/s6-%s", measure_setting("BENCH_DIR"), app);
	char *run = measure_text("%s/run", dir);
	char *target =
	    measure_text("%s/%s", measure_setting("BENCH_APPS"), app);

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		measure_fail("cannot make %s", dir);
	if (symlink(target, run) == -1 && errno != EEXIST)
		measure_fail("cannot make %s", run);
	return dir;
}

static bool
find_s6(struct peer *peer, const char *app)
{
	peer->argv[0] = peer_program("s6-supervise");
	if (peer->argv[0] == NULL)
		return false;
	peer->argv[1] = service_directory(app);
	return true;
}

static bool
find_pm2(struct peer *peer, char *app)
{
	const char *runtime = measure_setting("BENCH_PM2");
	char *node = peer_program("node");

	if (runtime[0] == '\0' || node == NULL)
		return false;
	char *argv[] = { node, measure_text("%s", runtime), "start", app,
		"--interpreter", "none" };
	memcpy(peer->argv, argv, sizeof(argv));
	return true;
}

bool
peer_find(struct peer *peer, const char *name, const char *app)
{
	const char *apps = measure_setting("BENCH_APPS");
	char *path = measure_text("%s/%s", apps, app);

	*peer = (struct peer){ .name = name };
	if (strcmp(name, "s6") == 0)
		return find_s6(peer, app);
	if (strcmp(name, "pm2") == 0)
		return find_pm2(peer, path);
	if (strcmp(name, "bare") == 0) {
		peer->argv[0] = path;
		return true;
	}
	if (strcmp(name, "loop") == 0)
		peer->argv[0] = measure_text("%s/loop", apps);
	else if (strcmp(name, "cradle") == 0)
		peer->argv[0] =
		    measure_text("%s", measure_setting("BENCH_CRADLE"));
	else
		peer->argv[0] = peer_program(name);
	peer->argv[1] = path;
	return peer->argv[0] != NULL;
}
