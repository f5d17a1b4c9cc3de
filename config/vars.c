#include "config/vars.h"

#include "config/nearest.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define WARNINGS_MAX 16
#define SUFFIX "_FILE"

/* Vendor's rows: the later one is the stronger. */
static const struct var table[] = {
	{ "CRADLE_CONFIG", VARS_PLAIN, NULL,
	    "The configuration file, when -c names none." },
	{ "CRADLE_LOG", VARS_PLAIN, NULL,
	    "How much cradle itself says: error, warn, info (the default) or "
	    "debug." },
	{ "CRADLE_LOG_FORMAT", VARS_PLAIN, NULL,
	    "How it says it: text (the default) or json." },
	{ "CRADLE_APP", VARS_PLAIN, "app", NULL },
	{ "CRADLE_ENVIRONMENT", VARS_PLAIN, "environment", NULL },
	{ "CRADLE_VERSION", VARS_PLAIN, "version", NULL },
	{ "CRADLE_RESTART", VARS_PLAIN, "services.*.restart.policy",
	    "For every service." },
	{ "CRADLE_GRACE", VARS_PLAIN, "services.*.stop.grace",
	    "For every service." },
	{ "CRADLE_HANDOVER", VARS_PLAIN, "services.*.handover",
	    "For every service." },
	{ "CRADLE_STANDBY", VARS_PLAIN, "services.*.standby.when",
	    "For every service." },
	{ "CRADLE_READY", VARS_PLAIN, "services.*.ready",
	    "Of the only service: an http:// URL, tcp:HOST:PORT, alive, "
	    "notify, ipc, listen or fd:N." },
	{ "CRADLE_INSTANCE", VARS_PLAIN, NULL,
	    "Given to each instance of a service: its number, from 0. Not "
	    "read." },
	{ "CRADLE_CONTROL", VARS_PLAIN, "control", NULL },
	{ "CRADLE_HEALTH_LISTEN", VARS_PLAIN, "health.listen", NULL },
	{ "CRADLE_ASSETS", VARS_PLAIN, "assets",
	    "ROOT or ROOT:EXAMPLE, several with commas between; in place of "
	    "the file's list. EXAMPLE defaults as in the file." },
	{ "CRADLE_SLACK_WEBHOOK", VARS_CREDENTIAL, "events.slack.webhook",
	    NULL },
	{ "CRADLE_LOKI_URL", VARS_PLAIN, "events.loki.url", NULL },
	{ "CRADLE_COCKPIT_TOKEN", VARS_CREDENTIAL, "events.loki.token", NULL },
	{ "CRADLE_SCW_SECRET_KEY", VARS_CREDENTIAL, "secrets.scw.secret_key",
	    NULL },
	{ "CRADLE_SCW_REGION", VARS_PLAIN, "secrets.scw.region", NULL },
	{ "CRADLE_SCW_PROJECT_ID", VARS_PLAIN, "secrets.scw.project_id", NULL },
	{ "CRADLE_SCW_API_URL", VARS_PLAIN, "secrets.scw.api_url", NULL },
	{ "CRADLE_CA_FILE", VARS_PLAIN, NULL,
	    "A PEM file of the authorities to trust, in place of the "
	    "system's and of the built-in ones." },

	{ "SCW_SLS_REGION", VARS_PLATFORM, "secrets.scw.region", NULL },
	{ "SCW_SLS_PROJECT_ID", VARS_PLATFORM, "secrets.scw.project_id", NULL },
	{ "SCW_DEFAULT_REGION", VARS_VENDOR, "secrets.scw.region", NULL },
	{ "SCW_DEFAULT_PROJECT_ID", VARS_VENDOR, "secrets.scw.project_id",
	    NULL },
	{ "SCW_API_URL", VARS_VENDOR, "secrets.scw.api_url", NULL },
	{ "SCW_SECRET_KEY", VARS_VENDOR_CREDENTIAL, "secrets.scw.secret_key",
	    NULL },
	{ "SCW_ACCESS_KEY", VARS_VENDOR_CREDENTIAL, NULL,
	    "Not needed, and not passed on either." },

	{ "CRADLE_METRICS_URL", VARS_LATER, NULL, NULL },
};
_Static_assert(ARRAY_LEN(table) <= VARS_MAX, "room for every row");

size_t
vars_count(void)
{
	return ARRAY_LEN(table);
}

const struct var *
vars_at(size_t i)
{
	return &table[i];
}

/* Most names of an environment are turned away by their first letters. */
static bool
is_prefixed(const char *name)
{
	return strncmp(name, "CRADLE_", 7) == 0 ||
	       strncmp(name, "SCW_", 4) == 0;
}

/*
 * The row of the name with len letters; *ret_file tells that it is the _FILE
 * form of a credential.
 */
static const struct var *
find(const char *name, size_t len, bool *ret_file)
{
	size_t suffix = sizeof(SUFFIX) - 1;
	*ret_file = false;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct var *v = &table[i];
		size_t n = strlen(v->name);
		if (strncmp(v->name, name, n < len ? n : len) != 0)
			continue;
		if (n == len)
			return v;
		if (v->kind == VARS_CREDENTIAL && len == n + suffix &&
		    memcmp(name + n, SUFFIX, suffix) == 0) {
			*ret_file = true;
			return v;
		}
	}
	return NULL;
}

int
vars_read(
    char *const environ_in[], struct vars *ret, struct plan_error *ret_error)
{
	memset(ret, 0, sizeof(*ret));
	for (char *const *e = environ_in; *e != NULL; e++) {
		const char *equals = strchr(*e, '=');
		bool file;
		if (!is_prefixed(*e) || equals == NULL || equals[1] == '\0')
			continue;
		const struct var *v = find(*e, (size_t)(equals - *e), &file);
		if (v == NULL)
			continue;
		const char **slot = &(file ? ret->file : ret->text)[v - table];
		/* as getenv does: the first one of a name counts */
		if (*slot == NULL)
			*slot = equals + 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (ret->text[i] == NULL || ret->file[i] == NULL)
			continue;
		ret_error->code = EXITS_CONFIG;
		(void)snprintf(ret_error->text, sizeof(ret_error->text),
		    "cannot use the environment: %s and %s" SUFFIX
		    " are both set (unset one)",
		    table[i].name, table[i].name);
		return -1;
	}
	return 0;
}

const char *
vars_text(const struct vars *vars, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return vars->text[i];
	assert(!"a name of the table");
	return NULL;
}

static void
warn_unknown(const char *name, size_t len)
{
	char wanted[64];
	struct nearest near;
	(void)snprintf(
	    wanted, sizeof(wanted), "%.*s", len > 63 ? 63 : (int)len, name);
	nearest_init(&near, wanted);
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].kind != VARS_LATER &&
		    strncmp(table[i].name, "CRADLE_", 7) == 0)
			nearest_offer(&near, table[i].name);
	if (near.best != NULL)
		log_warn(0, "unknown variable %s (did you mean %s?)", wanted,
		    near.best);
	else
		log_warn(0, "unknown variable %s", wanted);
}

void
vars_warn(char *const environ_in[])
{
	int left = WARNINGS_MAX;
	for (char *const *e = environ_in; *e != NULL && left > 0; e++) {
		size_t len = strcspn(*e, "=");
		bool file;
		if (strncmp(*e, "CRADLE_", 7) != 0)
			continue;
		const struct var *v = find(*e, len, &file);
		if (v != NULL && v->kind != VARS_LATER)
			continue;
		left--;
		if (v == NULL)
			warn_unknown(*e, len);
		else
			log_warn(0,
			    "the variable %s is not supported by this "
			    "version",
			    v->name);
	}
}

bool
vars_is_own(const char *name)
{
	bool file;
	if (!is_prefixed(name))
		return false;
	const struct var *v = find(name, strlen(name), &file);
	if (v == NULL)
		return name[0] == 'C';
	return v->kind != VARS_PLATFORM;
}

bool
vars_is_credential(const char *name)
{
	bool file;
	if (!is_prefixed(name))
		return false;
	const struct var *v = find(name, strlen(name), &file);
	if (v == NULL)
		return name[0] == 'C';
	return !file && (v->kind == VARS_CREDENTIAL ||
			    v->kind == VARS_VENDOR_CREDENTIAL);
}
