#include "config/check_programs.h"

#include "config/expand.h"
#include "core/guard.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whose programs they are, and where they are looked for. */
struct where {
	const struct plan *plan;
	char *const *environ_in;
	struct check_notes *notes;
	const char *who;
	const struct plan_variables *env;
	const char *cwd;
};

static const char *
path_of(const struct where *w, const struct plan_variables *env)
{
	const struct plan_variables *lists[] = { env, &w->plan->secrets.env };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t k = 0; k < lists[i]->count; k++)
			if (strcmp(lists[i]->item[k].name, "PATH") == 0)
				return lists[i]->item[k].value;
	const char *path = expand_variable(w->environ_in, "PATH", 4);
	return path != NULL ? path : "/usr/local/bin:/bin:/usr/bin";
}

static bool
is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

/* cwd "": here. */
static bool
is_program_in(
    const char *cwd, const char *folder, int folder_len, const char *name)
{
	char path[PATH_MAX];
	bool relative = folder_len == 0 || folder[0] != '/';
	int n = snprintf(path, sizeof(path), "%s%s%.*s%s%s",
	    relative ? cwd : "", relative && cwd[0] != '\0' ? "/" : "",
	    folder_len, folder, folder_len == 0 ? "" : "/", name);
	return n > 0 && (size_t)n < sizeof(path) && is_program(path);
}

static bool
is_found(const char *name, const char *path, const char *cwd)
{
	if (name[0] == '/')
		return is_program(name);
	if (strchr(name, '/') != NULL)
		return is_program_in(cwd, "", 0, name);
	for (;;) {
		size_t len = strcspn(path, ":");
		if (is_program_in(cwd, path, (int)len, name))
			return true;
		if (path[len] == '\0')
			return false;
		path += len + 1;
	}
}

/* shown: as written; nobody's variable is in it. */
static void
look(const struct where *w, char *const command[], char *const shown[])
{
	if (command == NULL || is_found(command[0], path_of(w, w->env), w->cwd))
		return;
	check_notes_add(w->notes, false,
	    "%s: cannot find the program %.200s here (is it on PATH, and "
	    "executable?)",
	    w->who, shown[0]);
}

static void
look_at_folder(const struct where *w)
{
	struct stat st;

	if (w->cwd[0] == '\0' ||
	    (stat(w->cwd, &st) == 0 && S_ISDIR(st.st_mode)))
		return;
	check_notes_add(w->notes, false,
	    "%s: cannot find its folder %.200s here (cwd)", w->who, w->cwd);
}

void
check_programs_look(const struct plan *plan, char *const environ_in[],
    struct check_notes *notes)
{
	struct where w = {
		.plan = plan, .environ_in = environ_in, .notes = notes
	};
	for (size_t i = 0; i < plan->tasks_count; i++) {
		const struct plan_task *t = &plan->tasks[i];
		w.who = t->name;
		w.env = &t->env;
		w.cwd = t->cwd;
		look_at_folder(&w);
		look(&w, t->command, t->command_shown);
	}
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i)) {
		const struct plan_service *s = &plan->services[i];
		w.who = s->name;
		w.env = &s->env;
		w.cwd = s->cwd;
		look_at_folder(&w);
		look(&w, s->command, s->command_shown);
		look(&w, s->ready.exec, s->ready.exec_shown);
		look(&w, s->alive.probe.exec, s->alive.probe.exec_shown);
		look(&w, s->before_stop, s->before_stop_shown);
	}
}
