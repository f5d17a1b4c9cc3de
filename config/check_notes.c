#include "config/check_notes.h"

#include "config/check_refs.h"
#include "config/expand.h"
#include "config/listen.h"
#include "config/ref.h"
#include "core/guard.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct look {
	const struct plan *plan;
	char *const *environ_in;
	struct check_notes *notes;
	bool scw;      /* a scw:// reference was seen */
	bool by_path;  /* one that needs a project */
	bool regional; /* one that names no region of its own */
};

static void note(struct look *l, bool wrong, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
note(struct look *l, bool wrong, const char *fmt, ...)
{
	struct check_notes *notes = l->notes;
	va_list ap;
	notes->wrong |= wrong;
	if (notes->count == CHECK_NOTES_MAX)
		return;
	struct check_note *n = &notes->item[notes->count++];
	n->wrong = wrong;
	va_start(ap, fmt);
	(void)vsnprintf(n->text, sizeof(n->text), fmt, ap);
	va_end(ap);
}

static void
look_at_ref(void *arg, const struct check_ref *r)
{
	struct look *l = arg;
	struct ref ref;
	char why[200];
	if (ref_parse(r->reference, &ref, why, sizeof(why)) == -1) {
		note(l, true, "cannot use the reference of %s (%s): it %s",
		    r->variable, r->where, why);
		return;
	}
	if (ref.scheme == REF_FILE) {
		if (access(ref.path, R_OK) == -1 && !ref.optional &&
		    !ref.has_fallback)
			note(l, false, "%s: cannot read %.200s here: %s",
			    r->variable, ref.path, strerror(errno));
		return;
	}
	l->scw = true;
	l->by_path |= !ref.by_id && ref.project[0] == '\0';
	l->regional |= ref.region[0] == '\0';
}

/* What a scw:// reference needs may come only where it runs: warnings. */
static void
look_at_scw(struct look *l)
{
	const struct plan_scw *scw = &l->plan->secrets.scw;
	const char *file = scw->secret_key_file;
	if (!l->scw)
		return;
	if (scw->secret_key[0] == '\0' && file[0] == '\0')
		note(l, false,
		    "there are scw:// references and no credential "
		    "(set CRADLE_SCW_SECRET_KEY_FILE)");
	if (file[0] != '\0' && access(file, R_OK) == -1)
		note(l, false,
		    "cannot read the credential's file %.200s here: "
		    "%s",
		    file, strerror(errno));
	if (l->by_path && scw->project_id[0] == '\0')
		note(l, false,
		    "there are scw:// references by path and no "
		    "project (set CRADLE_SCW_PROJECT_ID)");
	if (l->regional && scw->region[0] == '\0')
		note(l, false,
		    "there are scw:// references and no region "
		    "(set CRADLE_SCW_REGION, such as fr-par)");
}

static void
look_at_assets(struct look *l, const struct plan_assets *assets)
{
	struct stat st;
	if (stat(assets->root, &st) == -1)
		note(l, true, "cannot find the asset root %.200s: %s",
		    assets->root, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		note(l, true, "the asset root %.200s is not a folder",
		    assets->root);
	if (access(assets->example, R_OK) == -1)
		note(l, true,
		    "cannot read the example file %.200s: %s (it "
		    "names the public variables)",
		    assets->example, strerror(errno));
}

static const char *
path_of(const struct look *l, const struct plan_variables *env)
{
	const struct plan_variables *lists[] = { env, &l->plan->secrets.env };
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t k = 0; k < lists[i]->count; k++)
			if (strcmp(lists[i]->item[k].name, "PATH") == 0)
				return lists[i]->item[k].value;
	const char *path = expand_variable(l->environ_in, "PATH", 4);
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

/* shown: the program as written; nobody's variable is in it. */
static void
look_at_command(struct look *l, const char *who, const char *shown, bool found)
{
	if (!found)
		note(l, false,
		    "%s: cannot find the program %.200s here (is it "
		    "on PATH, and executable?)",
		    who, shown);
}

static void
look_at_commands(struct look *l)
{
	for (size_t i = 0; i < l->plan->tasks_count; i++) {
		const struct plan_task *t = &l->plan->tasks[i];
		look_at_command(l, t->name, t->command_shown[0],
		    is_found(t->command[0], path_of(l, &t->env), t->cwd));
	}
	for (size_t i = 0; i < l->plan->services_count; i++) {
		const struct plan_service *s = &l->plan->services[i];
		look_at_command(l, s->name, s->command_shown[0],
		    is_found(s->command[0], path_of(l, &s->env), s->cwd));
	}
}

static void
look_at_port(struct look *l)
{
	static const int taken[] = { 8008, 8012, 8013, 8022, 9090, 9091 };
	struct listen_at at;
	const char *why;
	if (l->plan->health.listen[0] == '\0' ||
	    listen_parse(l->plan->health.listen, &at, &why) == -1)
		return;
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (at.port == taken[i])
			note(l, false,
			    "health.listen: port %d is taken on "
			    "Scaleway (the examples use 9400)",
			    at.port);
}

void
check_notes_take(const struct plan *plan, char *const environ_in[],
    struct check_notes *notes)
{
	struct look l = {
		.plan = plan, .environ_in = environ_in, .notes = notes
	};
	check_refs_each(plan, environ_in, look_at_ref, &l);
	look_at_scw(&l);
	for (size_t i = 0; i < plan->assets_count; i++)
		look_at_assets(&l, &plan->assets[i]);
	look_at_commands(&l);
	look_at_port(&l);
	if (plan->ca_file[0] != '\0' && access(plan->ca_file, R_OK) == -1)
		note(&l, true, "cannot read CRADLE_CA_FILE %.200s: %s",
		    plan->ca_file, strerror(errno));
}
