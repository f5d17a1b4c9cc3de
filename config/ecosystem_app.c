#include "config/ecosystem_app.h"

#include "config/cron.h"
#include "config/ecosystem_command.h"
#include "config/ecosystem_env.h"
#include "config/ecosystem_keys.h"
#include "config/instances.h"

#include <stdlib.h>
#include <string.h>

/* cradle's defaults that a crash loop's length is reckoned with. */
#define DELAY_FIRST_MS INT64_C(100)
#define DELAY_MAX_MS INT64_C(30000)
#define WINDOW_MIN_MS INT64_C(120000)
#define WINDOW_MAX_MS (INT64_C(24) * 3600 * 1000)
#define MIN_UPTIME_MS INT64_C(1000)
#define FAILURES_MAX 1000

struct delays {
	int64_t first_ms;
	int64_t max_ms;
};

static void
write_ms(struct ecosystem_work *w, const char *name, int64_t ms)
{
	ecosystem_work_plain(w, name, "\"%lldms\"", (long long)ms);
}

/* Processors: PM2's "max" and 0; fewer than there are: -1 and so on. */
static int
instances_of(struct ecosystem_work *w, const char *text)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	size_t len = strspn(digits, "0123456789");
	int all = instances_processors("");
	if (all > PLAN_SERVICES_MAX)
		all = PLAN_SERVICES_MAX;
	if (strcmp(text, "max") == 0)
		return all;
	if (len == 0 || len > 4 || digits[len] != '\0') {
		ecosystem_work_refuse(
		    w, "instances", "it must be a whole number, or \"max\"");
		return 1;
	}
	int n = (int)strtol(text, NULL, 10);
	if (n <= 0)
		n += all;
	return n < 1 ? 1 : n;
}

static void
read_instances(struct ecosystem_work *w)
{
	const char *mode = ecosystem_keys_text(w, "exec_mode");
	const char *count = ecosystem_keys_text(w, "instances");
	if (mode != NULL && strcmp(mode, "fork") != 0 &&
	    strcmp(mode, "fork_mode") != 0 && strcmp(mode, "cluster") != 0 &&
	    strcmp(mode, "cluster_mode") != 0)
		ecosystem_work_refuse(
		    w, "exec_mode", "it must be \"fork\" or \"cluster\"");
	w->instances = count == NULL ? 0 : instances_of(w, count);
	if (w->instances > PLAN_SERVICES_MAX)
		ecosystem_work_refuse(w, "instances",
		    "one cradle runs %d processes at most (have the platform "
		    "run more containers)",
		    PLAN_SERVICES_MAX);
}

static void
write_instances(struct ecosystem_work *w)
{
	const char *name =
	    ecosystem_work_variable(w, "PM2_PROCESS_INSTANCE_VAR");
	const char *counted = ecosystem_keys_text(w, "increment_var");
	if (w->instances == 0)
		return;
	ecosystem_work_plain(w, "instances", "%d", w->instances);
	if (name == NULL || *name == '\0')
		name = ecosystem_keys_text(w, "instance_var");
	if (name != NULL)
		ecosystem_work_string(w, "instance_var", name);
	ecosystem_work_string(w, "increment_var",
	    counted == NULL ? "pm_id"
			    : ecosystem_work_text(w, "pm_id,%s", counted));
}

static void
write_identity(struct ecosystem_work *w)
{
	if (ecosystem_keys_text(w, "uid") != NULL)
		ecosystem_work_string(w, "user", ecosystem_keys_text(w, "uid"));
	if (ecosystem_keys_text(w, "gid") != NULL)
		ecosystem_work_string(
		    w, "group", ecosystem_keys_text(w, "gid"));
}

static void
write_ready(struct ecosystem_work *w)
{
	int64_t ms;
	bool waits = ecosystem_keys_bool(w, "wait_ready", false);
	bool given = ecosystem_keys_number(w, "listen_timeout", &ms);
	if (!waits)
		return;
	ecosystem_work_string(w, "ready", "ipc");
	if (given && ms > 0)
		write_ms(w, "start_timeout", ms);
}

/* PM2's own units, and the B that people put behind them: 300M, 1.5G. */
static double
bytes_of(const char *text)
{
	char *end;
	if (strspn(text, "0123456789.") == 0)
		return -1;
	double n = strtod(text, &end);
	const char *unit = *end == '\0' ? "" : strchr("KMG", *end & ~0x20);
	if (unit == NULL)
		return -1;
	for (const char *u = "KMG"; *unit != '\0' && *u != '\0'; u++) {
		n *= 1024;
		if (*u == *unit)
			break;
	}
	end += *end != '\0';
	end += *end == 'B' || *end == 'b';
	return *end == '\0' && n < 1e15 ? n : -1;
}

static void
write_memory(struct ecosystem_work *w)
{
	const char *text = ecosystem_keys_text(w, "max_memory_restart");
	if (text == NULL || strcmp(text, "0") == 0)
		return;
	double bytes = bytes_of(text);
	if (bytes < 1024 * 1024) {
		ecosystem_work_refuse(w, "max_memory_restart",
		    "it must be a size of at least 1 MB, such as \"300M\"");
		return;
	}
	ecosystem_work_open(w, "memory", '{');
	ecosystem_work_plain(w, "max", "\"%lldB\"", (long long)bytes);
	ecosystem_work_close(w, '}');
}

static struct delays
delays_of(struct ecosystem_work *w)
{
	struct delays d = { DELAY_FIRST_MS, DELAY_MAX_MS };
	int64_t ms;
	if (ecosystem_keys_number(w, "restart_delay", &ms) && ms > 0)
		d = (struct delays){ ms, ms };
	if (ecosystem_keys_number(w, "exp_backoff_restart_delay", &ms) &&
	    ms > 0) {
		d.first_ms = ms;
		d.max_ms = ms > DELAY_MAX_MS ? ms : DELAY_MAX_MS;
	}
	return d;
}

/* PM2 takes "10s", "2m" and "1h" here, and nowhere else. */
static bool
min_uptime(struct ecosystem_work *w, int64_t *ret)
{
	const char *text = ecosystem_keys_text(w, "min_uptime");
	char *end;
	if (text == NULL)
		return false;
	int64_t n = strtoll(text, &end, 10);
	int64_t unit = strcmp(end, "") == 0    ? 1
		       : strcmp(end, "s") == 0 ? 1000
		       : strcmp(end, "m") == 0 ? 60000
		       : strcmp(end, "h") == 0 ? 3600000
					       : 0;
	if (end == text || unit == 0 || n < 0 || n > WINDOW_MAX_MS / unit) {
		ecosystem_work_refuse(w, "min_uptime",
		    "it must be a number of ms, or such as \"10s\", at most a "
		    "day");
		return false;
	}
	*ret = n * unit;
	return *ret > 0;
}

/*
 * So long that `failures` short lives in a row lie within it, with the delays
 * between them: a crash loop would never be one otherwise.
 */
static int64_t
window_of(const struct delays *d, int64_t failures, int64_t life_ms)
{
	int64_t window = 0;
	int64_t delay = d->first_ms;
	for (int64_t i = 0; i < failures && window < WINDOW_MAX_MS; i++) {
		window += life_ms + (i < 2 ? 0 : delay + delay / 10);
		if (i >= 2 && delay < d->max_ms)
			delay = 2 * delay < d->max_ms ? 2 * delay : d->max_ms;
	}
	window += window / 10;
	if (window < WINDOW_MIN_MS)
		return WINDOW_MIN_MS;
	return window > WINDOW_MAX_MS ? WINDOW_MAX_MS : window;
}

static void
write_loop(struct ecosystem_work *w, const struct delays *d)
{
	int64_t failures;
	int64_t life_ms = MIN_UPTIME_MS;
	if (min_uptime(w, &life_ms))
		write_ms(w, "stable", life_ms);
	if (!ecosystem_keys_number(w, "max_restarts", &failures) ||
	    failures == 0)
		return;
	if (failures > FAILURES_MAX) {
		ecosystem_work_string(w, "give_up", "keep");
		return;
	}
	ecosystem_work_plain(w, "window_failures", "%lld", (long long)failures);
	write_ms(w, "window", window_of(d, failures, life_ms));
}

static void
write_clean_codes(struct ecosystem_work *w, const struct json *codes)
{
	ecosystem_work_open(w, "clean_codes", '[');
	if (codes->type == JSON_NUMBER)
		ecosystem_work_plain(w, NULL, "%s", codes->text);
	for (const struct json *m = codes->first; m != NULL; m = m->next) {
		const char *text =
		    m->type == JSON_NUMBER || m->type == JSON_STRING ? m->text
								     : "";
		if (*text == '\0' || strspn(text, "0123456789") != m->len)
			ecosystem_work_refuse(w, "stop_exit_codes",
			    "it must be a list of exit codes");
		else
			ecosystem_work_plain(w, NULL, "%s", text);
	}
	ecosystem_work_close(w, ']');
}

/* The codes that end the app for good, or NULL. */
static const struct json *
stop_codes(const struct ecosystem_work *w)
{
	const struct json *codes = ecosystem_keys_get(w, "stop_exit_codes");
	bool some =
	    codes != NULL && (codes->type != JSON_LIST || codes->count > 0);
	return some ? codes : NULL;
}

static bool
never_restarts(struct ecosystem_work *w)
{
	const char *most = ecosystem_keys_text(w, "max_restarts");
	return !ecosystem_keys_bool(w, "autorestart", true) ||
	       (most != NULL && strcmp(most, "0") == 0);
}

bool
ecosystem_app_may_end(struct ecosystem_work *w)
{
	return never_restarts(w) || stop_codes(w) != NULL;
}

static void
write_cron(struct ecosystem_work *w)
{
	const char *text = ecosystem_keys_text(w, "cron_restart");
	struct plan_cron cron;
	char why[CRON_WHY_MAX];
	if (text == NULL || strcmp(text, "0") == 0)
		return;
	if (cron_parse(text, &cron, why) == -1) {
		ecosystem_work_refuse(
		    w, "cron_restart", "\"%s\" %s", text, why);
		return;
	}
	if (!cron.any_day && !cron.any_weekday)
		ecosystem_work_warn(w,
		    "cron_restart \"%s\" of the app \"%.64s\": either of the "
		    "two day fields makes a day due, as cron has it; PM2 "
		    "wanted both",
		    text, w->title);
	ecosystem_work_string(w, "cron", text);
}

static void
write_restart(struct ecosystem_work *w)
{
	const struct json *codes = stop_codes(w);
	struct delays d = delays_of(w);
	bool never = never_restarts(w);
	ecosystem_work_open(w, "restart", '{');
	ecosystem_work_string(w, "policy",
	    never           ? "never"
	    : codes != NULL ? "on-failure"
			    : "always");
	if (codes != NULL)
		write_clean_codes(w, codes);
	if (d.first_ms != DELAY_FIRST_MS)
		write_ms(w, "delay", d.first_ms);
	if (d.max_ms != DELAY_MAX_MS)
		write_ms(w, "delay_max", d.max_ms);
	write_loop(w, &d);
	write_cron(w);
	ecosystem_work_close(w, '}');
}

static void
write_stop(struct ecosystem_work *w)
{
	const char *signal = ecosystem_work_variable(w, "PM2_KILL_SIGNAL");
	const char *timeout = ecosystem_work_variable(w, "PM2_KILL_TIMEOUT");
	int64_t ms = 0;
	(void)ecosystem_keys_number(w, "kill_timeout", &ms);
	if (ms == 0 && timeout != NULL && strlen(timeout) < 10 &&
	    strspn(timeout, "0123456789") == strlen(timeout))
		ms = strtoll(timeout, NULL, 10);
	ecosystem_work_open(w, "stop", '{');
	ecosystem_work_string(
	    w, "signal", signal != NULL && *signal != '\0' ? signal : "SIGINT");
	if (ms > 0)
		write_ms(w, "grace", ms);
	if (ecosystem_keys_bool(w, "shutdown_with_message", false))
		ecosystem_work_plain(w, "message", "true");
	ecosystem_work_close(w, '}');
}

void
ecosystem_app_write(struct ecosystem_work *w)
{
	const char *cwd = ecosystem_keys_text(w, "cwd");
	bool python;
	w->cwd = w->ask->cwd;
	if (cwd != NULL)
		w->cwd = ecosystem_command_path(w, w->ask->cwd, cwd);
	read_instances(w);
	ecosystem_work_open(w, w->service, '{');
	ecosystem_command_write(w, &python);
	if (cwd != NULL)
		ecosystem_work_string(w, "cwd", w->cwd);
	ecosystem_env_write(w, python);
	write_instances(w);
	write_identity(w);
	write_ready(w);
	ecosystem_work_plain(w, "ipc", "true"); /* PM2 gives it to everybody */
	write_memory(w);
	write_restart(w);
	write_stop(w);
	if (w->count > 1 && ecosystem_app_may_end(w))
		ecosystem_work_plain(w, "essential", "false");
	ecosystem_work_close(w, '}');
	w->pm_id += w->instances == 0 ? 1 : (size_t)w->instances;
}
