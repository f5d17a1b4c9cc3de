#include "server.h"
#include "load.h"
#include "measure.h"
#include "peer.h"
#include "proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PARKED_MS 20000
#define MEMBERS_MAX 16
#define CLUSTER_MS 800 /* both workers are back by then */
#define MS INT64_C(1000000)

/* ---- how each is told ---- */

static bool
is_for(const struct server *s, const char *word)
{
	return strstr(s->name, word) != NULL;
}

static char *
script(void)
{
	return measure_text("%s/serve.js", measure_setting("BENCH_APPS"));
}

static void
prepare_cradle(struct server *s, const char *node)
{
	const char *dir = measure_setting("BENCH_DIR");
	char *file = measure_text("%s/%s.json", dir, s->name);

	char *command =
	    is_for(s, "-tiny")
		? measure_text("\"%s/serve\"", measure_setting("BENCH_APPS"))
		: measure_text("\"%s\", \"%s\"", node, script());

	s->standby = is_for(s, "-standby");
	measure_write(
	    file, measure_text("{ \"services\": { \"app\": {"
			       " \"command\": [%s],"
			       " \"handover\": \"%s\", \"standby\": \"%s\","
			       " \"restart\": { \"give_up\": \"keep\","
			       " \"delay\": \"1ms\", \"delay_max\": \"1ms\" }"
			       " } } }\n",
		      command, is_for(s, "-off") ? "off" : "auto",
		      s->standby ? "listen" : "off"));
	s->argv[0] = measure_text("%s", measure_setting("BENCH_CRADLE"));
	s->argv[1] = "-c";
	s->argv[2] = file;
}

static bool
prepare_pm2(struct server *s, char *node)
{
	const char *runtime = measure_setting("BENCH_PM2");
	const char *dir = measure_setting("BENCH_DIR");
	bool cluster = is_for(s, "-cluster");
	char *file = measure_text("%s/%s.json", dir, s->name);

	if (runtime[0] == '\0')
		return false;
	measure_write(
	    file, measure_text("{ \"apps\": [ { \"name\": \"app\","
			       " \"script\": \"%s\", \"exec_mode\": \"%s\","
			       " \"instances\": %d, \"max_restarts\": 100000"
			       " } ] }\n",
		      script(), cluster ? "cluster" : "fork", cluster ? 2 : 1));
	s->argv[0] = node;
	s->argv[1] = measure_text("%s", runtime);
	s->argv[2] = "start";
	s->argv[3] = file;
	return true;
}

static bool
prepare_s6(struct server *s, const char *node)
{
	char *dir = measure_text("%s/s6-serve", measure_setting("BENCH_DIR"));
	char *run = measure_text("%s/run", dir);

	s->argv[0] = peer_program("s6-supervise");
	if (s->argv[0] == NULL)
		return false;
	s->argv[1] = dir;
	(void)mkdir(dir, 0700);
	measure_write(
	    run, measure_text("#!/bin/sh\nexec '%s' '%s'\n", node, script()));
	return chmod(run, 0700) == 0;
}

static bool
prepare(struct server *s)
{
	char *node = peer_program("node");

	if (node == NULL)
		return false;
	if (strcmp(s->name, "s6") == 0)
		return prepare_s6(s, node);
	if (is_for(s, "pm2"))
		return prepare_pm2(s, node);
	prepare_cradle(s, node);
	return true;
}

/* ---- its life ---- */

bool
server_start(struct server *s, const char *name, void dress(void), int ms)
{
	pid_t inside;

	*s = (struct server){ .name = name, .port = cage_free_port() };
	if (!prepare(s))
		return false;
	s->how = (struct cage_how){
		.argv = s->argv,
		.out = -1,
		.dress = dress,
	};
	cage_env_begin(&s->how);
	cage_env_add(&s->how, measure_text("PORT=%d", s->port));
	cage_start(&s->cage, &s->how);
	struct load *load =
	    load_open(&(struct load_how){ .port = s->port, .rate = 1 });
	if (load_ask(load, ms, &inside) == 0)
		measure_fail("no server under %s", name);
	load_close(load);
	return true;
}

pid_t
server_process(const struct server *s, pid_t inside)
{
	return proc_inside(s->cage.pid, inside);
}

/* Whether it waits in a system call that PID 1 has not answered. */
static bool
is_parked(pid_t pid)
{
	char path[64], text[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	(void)fclose(f);
	return strstr(text, "seccomp") != NULL;
}

void
server_settle(const struct server *s, struct load *load, pid_t active)
{
	int64_t deadline = page_now() + PARKED_MS * MS;
	pid_t pids[MEMBERS_MAX];

	if (is_for(s, "-cluster"))
		load_run(load, page_now() + CLUSTER_MS * MS);
	while (s->standby) {
		size_t count = proc_children(s->cage.pid, pids, MEMBERS_MAX);
		for (size_t i = 0; i < count; i++)
			if (pids[i] != active && is_parked(pids[i]))
				return;
		if (page_now() > deadline)
			measure_fail("no spare under %s", s->name);
		load_run(load, page_now() + 2 * MS);
	}
}

bool
server_reload(const struct server *s, struct load *load)
{
	char *cradle[] = { s->argv[0], "reload", "app", NULL };
	char *pm2[] = { s->argv[0],
		measure_text("%.*s/pm2",
		    (int)strlen(s->argv[1]) - (int)strlen("/pm2-runtime"),
		    s->argv[1]),
		"reload", "app", NULL };
	pid_t pid = vfork();
	int status = -1;

	if (pid == -1)
		measure_fail("cannot make a process");
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execve(
		    s->argv[0], is_for(s, "pm2") ? pm2 : cradle, s->how.env);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		load_run(load, page_now() + 2 * MS);
	return status == 0;
}

void
server_end(struct server *s)
{
	(void)cage_end(&s->cage);
}
