#include "config/override.h"

#include "config/fill.h"
#include "config/fill_service.h"
#include "config/value.h"
#include "core/exits.h"
#include "core/wire_types.h"

#include <stdio.h>
#include <string.h>

struct work {
	struct plan *plan;
	struct arena *arena;
	const struct vars *vars;
	struct plan_error *error;
};

static int
fail(struct work *w, const char *name, const char *why)
{
	w->error->code = EXITS_CONFIG;
	(void)snprintf(w->error->text, sizeof(w->error->text),
	    "cannot use the environment: %s %s", name, why);
	return -1;
}

static const char *
copy(struct work *w, const char *text)
{
	return arena_text(w->arena, text, strlen(text));
}

/* One key by one variable, for every service where it is a service's. */
static int
set(struct work *w, size_t i, const struct key *key)
{
	bool each = key->home == KEY_IN_SERVICE;
	size_t count = each ? w->plan->services_count : 1;
	const char *from =
	    w->vars->text[i] != NULL ? w->vars->text[i] : w->vars->file[i];
	const char *text = copy(w, from);
	char why[VALUE_WHY_MAX];

	for (size_t n = 0; n < count; n++) {
		void *base = each ? (void *)&w->plan->services[n] : w->plan;
		int r = w->vars->text[i] != NULL
			    ? value_set(key, base, text, why)
			    : value_set_file(key, base, text, w->arena, why);
		if (r == -1)
			return fail(w, vars_at(i)->name, why);
	}
	return 0;
}

static int
set_all(struct work *w, bool weak)
{
	for (size_t i = 0; i < vars_count(); i++) {
		const struct var *v = vars_at(i);
		bool is_weak = v->kind == VARS_VENDOR ||
			       v->kind == VARS_VENDOR_CREDENTIAL ||
			       v->kind == VARS_PLATFORM;
		if (w->vars->text[i] == NULL && w->vars->file[i] == NULL)
			continue;
		if (v->key == NULL || is_weak != weak)
			continue;
		const struct key *key = keys_find(v->key);
		if (key->type == KEY_OBJECTS || key->type == KEY_PROBE)
			continue;
		if (set(w, i, key) == -1)
			return -1;
	}
	return 0;
}

/* A URL, tcp:HOST:PORT or a word. */
static int
set_ready(struct work *w, const char *text)
{
	struct plan_service *service = w->plan->services;
	struct plan_probe *ready = &service->ready;
	const char *path = "services.*.ready.http";
	bool tcp = strncmp(text, "tcp:", 4) == 0;
	char why[VALUE_WHY_MAX];
	int r;
	if (w->plan->services_count != 1)
		return fail(w, "CRADLE_READY",
		    "needs a single service (give each its \"ready\" in the "
		    "configuration)");
	if (tcp)
		path = "services.*.ready.tcp";
	ready->kinds = 0;
	if (!tcp && strstr(text, "://") == NULL) {
		r = fill_service_word(
		    keys_find("services.*.ready"), service, text, why);
	} else {
		ready->kinds = tcp ? PLAN_READY_TCP : PLAN_READY_HTTP;
		r = value_set(keys_find(path), service,
		    copy(w, text + (tcp ? 4 : 0)), why);
	}
	return r == 0 ? 0 : fail(w, "CRADLE_READY", why);
}

static size_t
count_parts(const char *text)
{
	size_t count = 1;
	for (; *text != '\0'; text++)
		count += *text == ',';
	return count;
}

/* ROOT or ROOT:EXAMPLE, in the arena. */
static int
set_root(struct work *w, struct plan_assets *assets, char *text)
{
	char why[VALUE_WHY_MAX];
	char *colon = strchr(text, ':');
	if (colon != NULL)
		*colon = '\0';
	if (value_set(keys_find("assets[].root"), assets, text, why) == -1)
		return fail(w, "CRADLE_ASSETS", why);
	if (colon != NULL && colon[1] != '\0' &&
	    value_set(keys_find("assets[].example"), assets, colon + 1, why) ==
		-1)
		return fail(w, "CRADLE_ASSETS", why);
	return 0;
}

/* Several roots have commas between. */
static int
set_assets(struct work *w, const char *text)
{
	size_t count = count_parts(text);
	if (count > PLAN_ASSETS_MAX)
		return fail(w, "CRADLE_ASSETS", "names too many roots");
	struct plan_assets *list = fill_new(w->arena, KEY_IN_ASSETS, count);
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(text, ",");
		if (set_root(w, &list[i], arena_text(w->arena, text, len)) ==
		    -1)
			return -1;
		text += len + 1;
	}
	w->plan->assets = list;
	w->plan->assets_count = count;
	return 0;
}

int
override_weak(struct plan *plan, struct arena *arena, const struct vars *vars,
    struct plan_error *ret_error)
{
	struct work w = { plan, arena, vars, ret_error };
	return set_all(&w, true);
}

int
override_strong(struct plan *plan, struct arena *arena, const struct vars *vars,
    struct plan_error *ret_error)
{
	struct work w = { plan, arena, vars, ret_error };
	const char *ready = vars_text(vars, "CRADLE_READY");
	const char *assets = vars_text(vars, "CRADLE_ASSETS");
	const char *ca_file = vars_text(vars, "CRADLE_CA_FILE");

	if (set_all(&w, false) == -1)
		return -1;
	if (ready != NULL && set_ready(&w, ready) == -1)
		return -1;
	if (assets != NULL && set_assets(&w, assets) == -1)
		return -1;
	if (ca_file != NULL && strlen(ca_file) > WIRE_TEXT_MAX)
		return fail(&w, "CRADLE_CA_FILE", "is too long for a path");
	if (ca_file != NULL)
		plan->ca_file = copy(&w, ca_file);
	return 0;
}
