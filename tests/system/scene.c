#include "scene.h"

#include "probe.h"
#include "proc.h"
#include "scratch.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000

static char *
control_path(void)
{
	return scratch_text("%s/control.sock", scratch_dir());
}

/* The command as JSON's list. */
static char *
quoted(char *const app[])
{
	char *text = scratch_text("%s", "");

	for (; *app != NULL; app++)
		text = scratch_text(
		    "%s%s\"%s\"", text, text[0] == '\0' ? "" : ", ", *app);
	return text;
}

static char *
configuration(const struct scene *scene)
{
	const char *restart = "\"restart\": { \"delay\": \"1ms\","
			      " \"delay_max\": \"1ms\","
			      " \"window_failures\": 1000 },";
	const char *keys = scene->keys == NULL ? "" : scene->keys;

	if (strstr(keys, "\"restart\"") != NULL)
		restart = "";
	return scratch_write("cradle.json",
	    "{ \"control\": \"%s\", %s\n"
	    "  \"services\": { \"web\": { %s\n"
	    "    \"command\": [%s]\n"
	    "    %s %s } } }\n",
	    control_path(), scene->top == NULL ? "" : scene->top, restart,
	    quoted(scene->app), keys[0] == '\0' ? "" : ",", keys);
}

static char **
arguments(const struct scene *scene, char *cradle, char *file)
{
	static char *args[32];
	size_t n = 0;

	if (scene->confined != NULL) {
		for (char *const *c = scene->confined; *c != NULL; c++)
			args[n++] = *c;
		args[n++] = scratch_text("--");
		args[n++] = cradle;
	}
	args[n++] = scratch_text("-c");
	args[n++] = file;
	args[n] = NULL;
	return args;
}

char *
scene_port(const char *kind)
{
	return scratch_text("%s%d", kind, probe_free_port());
}

struct ns *
scene_start(const struct scene *scene)
{
	char *cradle = scratch_cradle();
	char *program = cradle;
	char *file = configuration(scene);

	if (scene->unprivileged) {
		cradle = scratch_copy(cradle);
		scratch_give_away();
	}
	if (scene->confined != NULL)
		program = scratch_app("confined");
	if (scene->confined != NULL && scene->unprivileged)
		program = scratch_copy(program);
	return ns_start(&(struct ns_options){
	    .program = program,
	    .args = arguments(scene, cradle, file),
	    .env = scene->env,
	    .unprivileged = scene->unprivileged,
	    .readonly = scene->readonly,
	    .writable = scene->readonly ? scratch_dir() : NULL,
	});
}

/* Services may be there before it is. */
static void
await_control(void)
{
	int64_t deadline = ns_now_ms() + SOON;

	while (access(control_path(), F_OK) == -1 && ns_now_ms() < deadline)
		(void)poll(NULL, 0, 5);
}

struct ns *
scene_ask(char *const args[])
{
	await_control();
	return ns_start(&(struct ns_options){
	    .args = args,
	    .env = NS_LIST(
		ns_path(), scratch_text("CRADLE_CONTROL=%s", control_path())),
	    .plain = true,
	});
}

struct scene_said
scene_command(char *const args[])
{
	struct ns *ns = scene_ask(args);
	struct scene_said s = { .code = ns_exit_status(ns, 20000) };

	s.out = scratch_text("%s", ns->out.data ? ns->out.data : "");
	s.err = scratch_text("%s", ns->err.data ? ns->err.data : "");
	ns_end(ns);
	return s;
}

pid_t
scene_service(struct ns *ns, const char *app, pid_t but)
{
	return proc_await(ns, app, but, SOON);
}

static bool
has_gone(struct ns *ns, void *arg)
{
	(void)ns;
	return proc_state(*(const pid_t *)arg) == '\0';
}

void
scene_kill(struct ns *ns, pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	ns_wait(ns, has_gone, &pid, SOON, "the end of what was killed");
}

int
scene_descriptors(const struct ns *ns)
{
	DIR *dir = opendir(scratch_text("/proc/%d/fd", (int)ns->pid));
	const struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(dir);
	return count;
}

static bool
are_few(struct ns *ns, void *arg)
{
	return scene_descriptors(ns) <= *(const int *)arg;
}

void
scene_await_descriptors(struct ns *ns, int most, int ms)
{
	ns_wait(ns, are_few, &most, ms, "descriptors of PID 1 are closed");
}

void
scene_stop(struct ns *ns)
{
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}
