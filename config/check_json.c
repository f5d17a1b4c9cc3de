#include "config/check_json.h"

#include "config/check_refs.h"
#include "config/keys.h"
#include "config/ref.h"
#include "config/units.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/guard.h"

#include <inttypes.h>
#include <string.h>

/* A text of any length, in pieces that do not split a character. */
static void
string_of(FILE *to, const char *text, size_t left)
{
	char memory[6 * 256 + 3]; /* an escape takes six bytes at most */
	(void)fputs("\"", to);
	while (left > 0) {
		struct buf b = BUF_ON(memory);
		size_t n = left > 256 ? 256 : left;
		while (n < left && n > 252 && (text[n] & 0xc0) == 0x80)
			n--;
		buf_json(&b, text, n);
		(void)fwrite(memory + 1, 1, b.len - 2, to);
		text += n;
		left -= n;
	}
	(void)fputs("\"", to);
}

static void
string(FILE *to, const char *text)
{
	string_of(to, text, strlen(text));
}

/* ,"name":"text" */
static void
member(FILE *to, const char *name, const char *text)
{
	(void)fprintf(to, ",\"%s\":", name);
	string(to, text);
}

static void
words(FILE *to, const char *name, char *const command[])
{
	(void)fprintf(to, ",\"%s\":[", name);
	for (size_t i = 0; command[i] != NULL; i++) {
		(void)fputs(i == 0 ? "" : ",", to);
		string(to, command[i]);
	}
	(void)fputs("]", to);
}

struct list {
	FILE *to;
	const char *gap;
};

static void
next(struct list *list)
{
	(void)fputs(list->gap, list->to);
	list->gap = ",";
}

static void
print_ref(void *arg, const struct check_ref *ref)
{
	struct list *list = arg;
	char shown[600];
	ref_show(ref->reference, shown, sizeof(shown));
	next(list);
	(void)fputs("{\"variable\":", list->to);
	string(list->to, ref->variable);
	member(list->to, "reference", shown);
	member(list->to, "where", ref->where);
	member(list->to, "of", ref->who);
	(void)fputs("}", list->to);
}

static void
print_helpers(const struct plan *plan, char *const environ_in[], FILE *to)
{
	struct list list = { to, "" };
	(void)fputs(",\"helpers\":[", to);
	for (int h = 0; h < CHECK_HELPERS; h++) {
		const char *name =
		    check_refs_helper(plan, environ_in, (enum check_helper)h);
		if (name == NULL)
			continue;
		next(&list);
		string(to, name);
	}
	(void)fputs("]", to);
}

static void
print_assets(const struct plan *plan, FILE *to)
{
	struct list list = { to, "" };
	(void)fputs(",\"assets\":[", to);
	for (size_t i = 0; i < plan->assets_count; i++) {
		const struct plan_assets *a = &plan->assets[i];
		next(&list);
		(void)fputs("{\"mode\":\"import-meta-env\"", to);
		member(to, "root", a->root);
		member(to, "example", a->example);
		member(to, "output", a->output);
		member(to, "store", a->store);
		(void)fputs("}", to);
	}
	(void)fputs("]", to);
}

static void
print_tasks(const struct plan *plan, FILE *to)
{
	struct list list = { to, "" };
	(void)fputs(",\"tasks\":[", to);
	for (size_t i = 0; i < plan->tasks_count; i++) {
		const struct plan_task *t = &plan->tasks[i];
		next(&list);
		(void)fputs("{\"name\":", to);
		string(to, t->name);
		words(to, "command", t->command_shown);
		member(to, "cwd", t->cwd);
		if (t->timeout_ms != NEVER)
			(void)fprintf(
			    to, ",\"timeout_ms\":%" PRId64, t->timeout_ms);
		(void)fputs("}", to);
	}
	(void)fputs("]", to);
}

/* A URL's query may hold what is nobody's business. */
static void
print_ready(const struct plan_probe *ready, FILE *to)
{
	bool http = (ready->kinds & PLAN_READY_HTTP) != 0;
	bool tcp = (ready->kinds & PLAN_READY_TCP) != 0;
	const char *target = http ? ready->http : ready->tcp;

	(void)fprintf(to, ",\"ready\":{\"kind\":\"%s\"",
	    http  ? "http"
	    : tcp ? "tcp"
		  : "alive");
	if (http || tcp) {
		(void)fputs(",\"target\":", to);
		string_of(to, target, strcspn(target, "?"));
	}
	(void)fputs("}", to);
}

static void
print_service(const struct plan_service *s, FILE *to)
{
	char signal_name[UNITS_TEXT_MAX] = "";
	char policy[KEYS_CHOICE_MAX];
	keys_choice_name("services.*.restart.policy", (int)s->restart, policy);

	if (s->stop_signal != 0)
		units_signal_text(s->stop_signal, signal_name);
	(void)fputs("{\"name\":", to);
	string(to, s->name);
	words(to, "command", s->command_shown);
	member(to, "cwd", s->cwd);
	(void)fprintf(to, ",\"essential\":%s", s->essential ? "true" : "false");
	print_ready(&s->ready, to);
	(void)fprintf(to, ",\"restart\":{\"policy\":\"%s\"", policy);
	(void)fprintf(to,
	    ",\"delay_ms\":%" PRId64 ",\"delay_max_ms\":%" PRId64
	    ",\"window_failures\":%d,\"window_ms\":%" PRId64
	    ",\"give_up\":\"%s\"}",
	    s->delay_first_ms, s->delay_max_ms, s->window_count, s->window_ms,
	    s->give_up_keep ? "keep" : "exit");
	(void)fprintf(to, ",\"stop\":{\"grace_ms\":%" PRId64, s->grace_ms);
	member(to, "signal", signal_name);
	(void)fputs("}}", to);
}

static void
print_services(const struct plan *plan, FILE *to)
{
	struct list list = { to, "" };
	(void)fputs(",\"services\":[", to);
	for (size_t i = 0; i < plan->services_count; i++) {
		next(&list);
		print_service(&plan->services[i], to);
	}
	(void)fputs("]", to);
}

static void
print_notes(const struct check_notes *notes, bool wrong, FILE *to)
{
	struct list list = { to, "" };
	(void)fprintf(to, ",\"%s\":[", wrong ? "errors" : "warnings");
	for (size_t i = 0; i < notes->count; i++) {
		if (notes->item[i].wrong != wrong)
			continue;
		next(&list);
		string(to, notes->item[i].text);
	}
	(void)fputs("]", to);
}

void
check_json_print(const struct plan *plan, char *const environ_in[],
    const struct check_notes *notes, FILE *to)
{
	struct list refs = { to, "" };
	(void)fprintf(to, "{\"ok\":%s", notes->wrong ? "false" : "true");
	member(to, "source", plan->source);
	member(to, "app", plan->app);
	member(to, "environment", plan->environment);
	member(to, "version", plan->version);
	print_helpers(plan, environ_in, to);
	member(to, "health", plan->health.listen);
	(void)fprintf(to, ",\"secrets\":{\"deadline_ms\":%" PRId64,
	    plan->secrets.deadline_ms);
	member(to, "scw_region", plan->secrets.scw.region);
	(void)fputs(",\"references\":[", to);
	check_refs_each(plan, environ_in, print_ref, &refs);
	(void)fputs("]}", to);
	print_assets(plan, to);
	print_tasks(plan, to);
	print_services(plan, to);
	(void)fprintf(to, ",\"events\":{\"slack\":%s,\"loki\":%s}",
	    plan->events.slack_webhook[0] != '\0' ? "true" : "false",
	    plan->events.loki_url[0] != '\0' ? "true" : "false");
	print_notes(notes, true, to);
	print_notes(notes, false, to);
	(void)fputs("}\n", to);
}

void
check_json_refused(const struct plan_error *error, FILE *to)
{
	(void)fputs("{\"ok\":false", to);
	member(to, "error", error->text);
	(void)fprintf(to, ",\"code\":%d}\n", error->code);
}
