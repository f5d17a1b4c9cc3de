#include "config/check_json_service.h"

#include "config/check_stops.h"
#include "config/cron.h"
#include "config/identity.h"
#include "config/json_write.h"
#include "config/keys.h"
#include "config/units.h"
#include "core/clock.h"
#include "core/guard.h"

#include <inttypes.h>
#include <string.h>

static const struct {
	enum plan_ready kind;
	const char *name;
} kinds[] = {
	{ PLAN_READY_HTTP, "http" },
	{ PLAN_READY_TCP, "tcp" },
	{ PLAN_READY_EXEC, "exec" },
	{ PLAN_READY_NOTIFY, "notify" },
	{ PLAN_READY_FD, "fd" },
	{ PLAN_READY_IPC, "ipc" },
	{ PLAN_READY_LISTEN, "listen" },
	{ PLAN_READY_ALIVE, "alive" },
};

static void
print_bool(FILE *to, const char *name, bool truth)
{
	(void)fprintf(to, ",\"%s\":%s", name, truth ? "true" : "false");
}

static void
print_number(FILE *to, const char *name, int64_t n)
{
	(void)fprintf(to, ",\"%s\":%" PRId64, name, n);
}

/* A URL's query may hold what is nobody's business. */
static void
print_url(FILE *to, const char *name, const char *url)
{
	(void)fprintf(to, ",\"%s\":", name);
	json_write_part(to, url, strcspn(url, "?#"));
}

/* The members of a probe's object; "kind" and "target" are the first one's. */
static void
print_probe(const struct plan_probe *probe, FILE *to)
{
	struct json_write_list list = { to, "" };
	const char *first = "";
	(void)fputs("\"kinds\":[", to);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if ((probe->kinds & kinds[i].kind) == 0)
			continue;
		first = first[0] == '\0' ? kinds[i].name : first;
		json_write_next(&list);
		json_write_text(to, kinds[i].name);
	}
	(void)fputs("]", to);
	json_write_member(to, "kind", first);
	if (probe->kinds & (PLAN_READY_HTTP | PLAN_READY_TCP))
		print_url(to, "target",
		    probe->kinds & PLAN_READY_HTTP ? probe->http : probe->tcp);
	if (probe->kinds & PLAN_READY_HTTP)
		print_url(to, "http", probe->http);
	if (probe->kinds & PLAN_READY_TCP)
		json_write_member(to, "tcp", probe->tcp);
	if (probe->kinds & PLAN_READY_EXEC)
		json_write_words(to, "exec", probe->exec_shown);
	if (probe->kinds & PLAN_READY_FD)
		print_number(to, "fd", probe->fd);
	print_number(to, "every_ms", probe->every_ms);
	print_number(to, "timeout_ms", probe->timeout_ms);
}

static void
print_health(const struct plan_service *s, FILE *to)
{
	(void)fputs(",\"ready\":{", to);
	print_probe(&s->ready, to);
	if (s->start_timeout_ms != NEVER)
		print_number(to, "start_timeout_ms", s->start_timeout_ms);
	(void)fputs("},\"alive\":", to);
	if (s->alive.probe.kinds == 0) {
		(void)fputs("null", to);
		return;
	}
	(void)fputs("{", to);
	print_probe(&s->alive.probe, to);
	print_number(to, "failures", s->alive.failures);
	print_bool(to, "report", s->alive.report);
	(void)fputs("}", to);
}

static void
print_sockets(const struct plan_service *s, FILE *to)
{
	struct json_write_list list = { to, "" };
	print_number(to, "instances", s->instances);
	json_write_member(to, "handover", s->handover ? "auto" : "off");
	(void)fputs(",\"standby\":", to);
	if (!s->standby) {
		(void)fputs("null", to);
	} else {
		(void)fputs("{\"when\":\"listen\"", to);
		print_number(to, "calm_ms", s->standby_calm_ms);
		if (s->standby_max_age_ms != NEVER)
			print_number(to, "max_age_ms", s->standby_max_age_ms);
		(void)fputs("}", to);
	}
	(void)fputs(",\"listen\":[", to);
	for (size_t i = 0; i < s->listen_count; i++) {
		json_write_next(&list);
		json_write_text(to, s->listen[i]);
	}
	(void)fputs("]", to);
}

static void
print_memory(const struct plan_service *s, FILE *to)
{
	char action[KEYS_CHOICE_MAX];
	keys_choice_name(
	    "services.*.memory.action", (int)s->memory.action, action);
	(void)fputs(",\"memory\":", to);
	if (s->memory.max_percent > 0)
		(void)fprintf(to, "{\"max_percent\":%d", s->memory.max_percent);
	else if (s->memory.max_bytes > 0)
		(void)fprintf(
		    to, "{\"max_bytes\":%" PRId64, s->memory.max_bytes);
	else
		(void)fputs("null", to);
	if (s->memory.max_percent > 0 || s->memory.max_bytes > 0) {
		json_write_member(to, "action", action);
		(void)fputs("}", to);
	}
	if (s->heap_mb != PLAN_HEAP_NONE)
		print_number(to, "heap_mb", s->heap_mb);
	if (s->heap_note[0] != '\0')
		json_write_member(to, "heap_note", s->heap_note);
	print_bool(to, "direct", s->direct);
	print_bool(to, "ipc", s->ipc);
	if (s->direct_note[0] != '\0') {
		json_write_member(to, "direct_for", s->direct_note);
		print_number(to, "direct_saved_ms", s->direct_saved_ms);
	}
}

void
check_json_service_identity(const struct plan_identity *identity, FILE *to)
{
	struct json_write_list list = { to, "" };
	json_write_member(to, "user", identity->user);
	json_write_member(to, "group", identity->group);
	if (identity->umask != -1)
		(void)fprintf(
		    to, ",\"umask\":\"%03o\"", (unsigned)identity->umask);
	(void)fputs(",\"limits\":{", to);
	for (int i = 0; i < PLAN_LIMITS; i++) {
		char text[IDENTITY_TEXT_MAX];
		if (!identity->limit[i].set)
			continue;
		identity_limit_text(&identity->limit[i], text);
		json_write_next(&list);
		(void)fprintf(to, "\"%s\":\"%s\"",
		    identity_limit_name((enum plan_limit_kind)i), text);
	}
	(void)fputs("}", to);
}

static void
print_restart(const struct plan_service *s, FILE *to)
{
	char policy[KEYS_CHOICE_MAX];
	keys_choice_name("services.*.restart.policy", (int)s->restart, policy);
	(void)fprintf(to, ",\"restart\":{\"policy\":\"%s\"", policy);
	print_number(to, "delay_ms", s->delay_first_ms);
	print_number(to, "delay_max_ms", s->delay_max_ms);
	print_number(to, "stable_ms", s->stable_ms);
	print_number(to, "window_failures", s->window_count);
	print_number(to, "window_ms", s->window_ms);
	json_write_member(to, "give_up", s->give_up_keep ? "keep" : "exit");
	if (s->cron.set)
		print_number(to, "cron_next_ms",
		    cron_next(&s->cron, clock_wall_ns() / 1000000));
	(void)fputs("}", to);
}

static void
print_stop(const struct plan_service *s, FILE *to)
{
	char name[UNITS_TEXT_MAX] = "";
	if (s->stop_signal != 0)
		units_signal_text(s->stop_signal, name);
	(void)fprintf(to, ",\"stop\":{\"grace_ms\":%" PRId64, s->grace_ms);
	json_write_member(to, "signal", name);
	print_bool(to, "message", s->stop_message);
	print_number(to, "delay_ms", s->stop_delay_ms);
	json_write_words(to, "before_stop", s->before_stop_shown);
	(void)fputs("}", to);
}

/* ["a","b"] of a bit set. */
static void
print_names(const struct plan *plan, uint64_t set, FILE *to)
{
	struct json_write_list list = { to, "" };
	(void)fputs("[", to);
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i)) {
		if ((set >> i & 1) == 0)
			continue;
		json_write_next(&list);
		json_write_text(to, plan->services[i].name);
	}
	(void)fputs("]", to);
}

static void
print_service(const struct plan *plan, const struct plan_service *s, FILE *to)
{
	(void)fputs("{\"name\":", to);
	json_write_text(to, s->name);
	json_write_words(to, "command", s->command_shown);
	json_write_member(to, "cwd", s->cwd);
	print_bool(to, "essential", s->essential);
	(void)fputs(",\"after\":", to);
	print_names(plan, s->after, to);
	check_json_service_identity(&s->identity, to);
	print_health(s, to);
	print_sockets(s, to);
	print_memory(s, to);
	print_restart(s, to);
	print_stop(s, to);
	(void)fputs("}", to);
}

void
check_json_services(const struct plan *plan, FILE *to)
{
	struct json_write_list list = { to, "" };
	uint64_t gone = 0;
	uint64_t next;
	(void)fputs(",\"services\":[", to);
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i)) {
		json_write_next(&list);
		print_service(plan, &plan->services[i], to);
	}
	(void)fprintf(
	    to, "],\"hold_ms\":%" PRId64 ",\"stop_order\":[", plan->hold_ms);
	list.gap = "";
	for (; (next = check_stops_next(plan, gone)) != 0; gone |= next) {
		json_write_next(&list);
		print_names(plan, next, to);
	}
	(void)fputs("]", to);
}
