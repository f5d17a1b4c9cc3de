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

static void
make_folder(const char *path)
{
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		measure_fail("cannot make %s", path);
}

static void
make_link(const char *target, const char *path)
{
	if (symlink(target, path) == -1 && errno != EEXIST)
		measure_fail("cannot make %s", path);
}

/* The app as the run script of a service directory, in that folder. */
static char *
service_directory(const char *folder, const char *app)
{
	char *dir = measure_text("%s/s6-%s", folder, app);

	make_folder(dir);
	make_link(measure_text("%s/%s", measure_setting("BENCH_APPS"), app),
	    measure_text("%s/run", dir));
	return dir;
}

static bool
find_s6(struct peer *peer, const char *app)
{
	peer->argv[0] = peer_program("s6-supervise");
	if (peer->argv[0] == NULL)
		return false;
	peer->argv[1] = service_directory(measure_setting("BENCH_DIR"), app);
	return true;
}

/* What it executes when all is over is an end and no more. */
static bool
find_svscan(struct peer *peer, const char *app)
{
	char *scan =
	    measure_text("%s/scan-%s", measure_setting("BENCH_DIR"), app);
	char *own = measure_text("%s/.s6-svscan", scan);
	char *end = peer_program("true");

	peer->argv[0] = peer_program("s6-svscan");
	if (peer->argv[0] == NULL || end == NULL)
		return false;
	make_folder(scan);
	make_folder(own);
	make_link(end, measure_text("%s/finish", own));
	(void)service_directory(scan, app);
	peer->argv[1] = scan;
	return true;
}

static bool
find_supervisord(struct peer *peer, const char *path)
{
	const char *dir = measure_setting("BENCH_DIR");
	char *file = measure_text("%s/supervisord.conf", dir);

	peer->argv[0] = peer_program("supervisord");
	if (peer->argv[0] == NULL)
		return false;
	measure_write(
	    file, measure_text("[supervisord]\nnodaemon=true\nuser=root\n"
			       "logfile=/dev/null\nlogfile_maxbytes=0\n"
			       "pidfile=%s/supervisord.pid\nchildlogdir=%s\n"
			       "[program:app]\ncommand=%s\n",
		      dir, dir, path));
	peer->argv[1] = "-c";
	peer->argv[2] = file;
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
	if (strcmp(name, "s6-svscan") == 0)
		return find_svscan(peer, app);
	if (strcmp(name, "supervisord") == 0)
		return find_supervisord(peer, path);
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

bool
peer_prepare(
    struct peer *peer, struct cage_how *how, const char *name, const char *app)
{
	bool there = peer_find(peer, name, app);
	*how = (struct cage_how){ .argv = peer->argv, .out = -1 };
	cage_env_begin(how);
	return there;
}
