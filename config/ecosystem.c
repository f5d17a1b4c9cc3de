#include "config/ecosystem.h"

#include "config/ecosystem_app.h"
#include "config/ecosystem_keys.h"
#include "config/plan.h"
#include "core/guard.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_LEN 64

struct app {
	const struct json *json;
	const char *title;
	const char *service;
};

struct apps {
	struct app item[PLAN_SERVICES_MAX];
	size_t count;
};

/* "apps", package.json's "pm2", or the file itself; one app or a list. */
static const struct json *
apps_of(struct ecosystem_work *w)
{
	const struct json *top = w->ask->top;
	if (top->type != JSON_OBJECT)
		return top;
	const struct json *apps = json_member(top, "apps");
	if (apps == NULL)
		apps = json_member(top, "pm2");
	if (apps == NULL)
		return top;
	w->top = top;
	if (strcmp(apps->name, "pm2") == 0)
		return apps;
	for (const struct json *m = top->first; m != NULL; m = m->next) {
		bool known = m == apps || m->type == JSON_NULL ||
			     strcmp(m->name, "deploy") == 0 ||
			     strcmp(m->name, "$schema") == 0;
		if (strcmp(m->name, "static") == 0 && m->count > 0)
			ecosystem_work_fail(w,
			    "cannot honour \"static\" of %.200s: cradle is no "
			    "file server (run one as an app)",
			    w->ask->file);
		else if (!known && strcmp(m->name, "static") != 0)
			ecosystem_work_fail(w,
			    "cannot honour \"%.64s\" of %.200s: PM2 has no "
			    "such "
			    "key beside \"apps\" (leave it out)",
			    m->name, w->ask->file);
	}
	return apps;
}

static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = list; *p != '\0';) {
		size_t n = strcspn(p, ", ");
		if (n == len && memcmp(p, word, len) == 0)
			return true;
		p += n + (p[n] != '\0');
	}
	return false;
}

/* The script's name without its ending, as PM2 has it. */
static const char *
default_title(struct ecosystem_work *w)
{
	const char *script = ecosystem_keys_text(w, "script");
	if (script == NULL)
		return "app";
	const char *base = strrchr(script, '/');
	base = base == NULL || base[1] == '\0' ? script : base + 1;
	const char *dot = strrchr(base, '.');
	size_t len =
	    dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);
	return arena_text(w->arena, base, len);
}

static bool
is_taken(const struct apps *apps, const char *service)
{
	for (size_t i = 0; i < apps->count; i++)
		if (strcmp(apps->item[i].service, service) == 0)
			return true;
	return false;
}

/* PM2 lets everything be a name, and several apps have the same. */
static const char *
service_name(struct ecosystem_work *w, const struct apps *apps)
{
	char name[NAME_MAX_LEN + 1];
	char numbered[NAME_MAX_LEN + 1];
	(void)snprintf(name, sizeof(name), "%s", w->title);
	for (char *p = name; *p != '\0'; p++)
		if (strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789._-",
			*p) == NULL)
			*p = '-';
	(void)snprintf(numbered, sizeof(numbered), "%s", name);
	for (unsigned i = 2; is_taken(apps, numbered); i++)
		(void)snprintf(
		    numbered, sizeof(numbered), "%.58s-%u", name, i % 1000);
	return ecosystem_work_text(w, "%s", numbered);
}

static const char *
title_of(struct ecosystem_work *w)
{
	const char *title = ecosystem_keys_text(w, "name");
	if (title == NULL)
		title = default_title(w);
	if (w->ask->env_name != NULL &&
	    ecosystem_keys_bool(w, "append_env_to_name", false))
		title =
		    ecosystem_work_text(w, "%s-%s", title, w->ask->env_name);
	return title;
}

static void
take_app(struct ecosystem_work *w, struct apps *apps, const struct json *m)
{
	w->app = m;
	w->title = "?";
	if (m->type != JSON_OBJECT) {
		ecosystem_work_fail(w,
		    "cannot use %.200s: an app must be an object, not %s",
		    w->ask->file, json_type_name(m->type));
		return;
	}
	w->title = title_of(w);
	if (w->ask->only != NULL && !has_word(w->ask->only, w->title))
		return;
	if (apps->count == PLAN_SERVICES_MAX) {
		ecosystem_work_fail(w,
		    "cannot use %.200s: it has more than %d apps", w->ask->file,
		    PLAN_SERVICES_MAX);
		return;
	}
	const char *service = service_name(w, apps);
	apps->item[apps->count++] = (struct app){ m, w->title, service };
}

static void
take_apps(struct ecosystem_work *w, struct apps *apps)
{
	const struct json *all = apps_of(w);
	if (all->type != JSON_LIST)
		take_app(w, apps, all);
	else
		for (const struct json *m = all->first; m != NULL; m = m->next)
			take_app(w, apps, m);
	if (apps->count == 0 && w->answer->notes == 0)
		ecosystem_work_fail(w,
		    w->ask->only == NULL
			? "cannot use %.200s: it has no app"
			: "cannot start anything: %.200s has no app of a name "
			  "that --only gives",
		    w->ask->file);
	if (apps->count > 1 && w->ask->one_only)
		ecosystem_work_fail(w,
		    "cannot honour --name or arguments after -- for the %zu "
		    "apps of %.200s (write them into the file, or choose one "
		    "with --only)",
		    apps->count, w->ask->file);
}

static void
write_all(struct ecosystem_work *w, const struct apps *apps)
{
	ecosystem_work_open(w, NULL, '{');
	if (w->ask->log_format != NULL) {
		ecosystem_work_open(w, "logs", '{');
		ecosystem_work_string(w, "format", w->ask->log_format);
		ecosystem_work_close(w, '}');
	}
	ecosystem_work_open(w, "services", '{');
	for (size_t i = 0; i < apps->count; i++) {
		w->app = apps->item[i].json;
		w->title = apps->item[i].title;
		w->service = apps->item[i].service;
		if (w->ask->options != NULL)
			ecosystem_keys_check(w, w->ask->options);
		ecosystem_keys_check(w, w->app);
		ecosystem_app_write(w);
	}
	ecosystem_work_close(w, '}');
	ecosystem_work_close(w, '}');
	buf_str(w->out, "\n");
}

static bool
is_refused(const struct ecosystem_answer *a)
{
	for (size_t i = 0; i < a->notes; i++)
		if (a->note[i].refused)
			return true;
	return a->untold > 0;
}

int
ecosystem_translate(const struct ecosystem_ask *ask, struct arena *arena,
    struct ecosystem_answer *ret)
{
	struct ecosystem_work w = {
		.ask = ask,
		.answer = ret,
		.arena = arena,
		.top = ask->top,
		.out = ask->out,
		.first = true,
	};
	struct apps *apps = arena_take(arena, sizeof(*apps));
	*ret = (struct ecosystem_answer){ 0 };
	take_apps(&w, apps);
	w.count = apps->count;
	if (apps->count > 0)
		write_all(&w, apps);
	if (ask->out->cut)
		ecosystem_work_fail(
		    &w, "cannot use %.200s: it is too large", ask->file);
	return is_refused(ret) ? -1 : 0;
}

/* What the kernel executes by itself; PM2 looks for bytes that no text has. */
enum ecosystem_found
ecosystem_look_at(const char *path)
{
	char head[512];
	struct stat st;
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return access(path, X_OK) == 0 ? ECOSYSTEM_PROGRAM
					       : ECOSYSTEM_ABSENT;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return ECOSYSTEM_TEXT;
	ssize_t n = read(fd, head, sizeof(head));
	if (n > 0 && memchr(head, '\0', (size_t)n) != NULL)
		return ECOSYSTEM_PROGRAM;
	bool named = n > 2 && memcmp(head, "#!", 2) == 0;
	return named && access(path, X_OK) == 0 ? ECOSYSTEM_PROGRAM
						: ECOSYSTEM_TEXT;
}
