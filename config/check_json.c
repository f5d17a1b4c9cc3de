#include "config/check_json.h"

#include "config/check_json_service.h"
#include "config/check_refs.h"
#include "config/json_write.h"
#include "config/ref.h"
#include "config/sigrule.h"
#include "config/units.h"
#include "core/clock.h"

#include <inttypes.h>

static void
print_ref(void *arg, const struct check_ref *ref)
{
	struct json_write_list *list = arg;
	char shown[600];
	ref_show(ref->reference, shown, sizeof(shown));
	json_write_next(list);
	(void)fputs("{\"variable\":", list->to);
	json_write_text(list->to, ref->variable);
	json_write_member(list->to, "reference", shown);
	json_write_member(list->to, "where", ref->where);
	json_write_member(list->to, "of", ref->who);
	(void)fputs("}", list->to);
}

static void
print_helpers(const struct plan *plan, char *const environ_in[], FILE *to)
{
	struct json_write_list list = { to, "" };
	(void)fputs(",\"helpers\":[", to);
	for (int h = 0; h < CHECK_HELPERS; h++) {
		const char *name =
		    check_refs_helper(plan, environ_in, (enum check_helper)h);
		if (name == NULL)
			continue;
		json_write_next(&list);
		json_write_text(to, name);
	}
	(void)fputs("]", to);
}

static void
print_assets(const struct plan *plan, FILE *to)
{
	struct json_write_list list = { to, "" };
	(void)fputs(",\"assets\":[", to);
	for (size_t i = 0; i < plan->assets_count; i++) {
		const struct plan_assets *a = &plan->assets[i];
		char mode[KEYS_CHOICE_MAX];
		json_write_next(&list);
		keys_choice_name("assets[].mode", a->mode, mode);
		(void)fputs("{\"mode\":", to);
		json_write_text(to, mode);
		json_write_member(to, "root", a->root);
		json_write_member(to, "example", a->example);
		if (a->variables != NULL)
			json_write_words(to, "variables", a->variables_shown);
		json_write_member(to, "output", a->output);
		json_write_member(to, "store", a->store);
		(void)fputs("}", to);
	}
	(void)fputs("]", to);
}

static void
print_tasks(const struct plan *plan, FILE *to)
{
	struct json_write_list list = { to, "" };
	(void)fputs(",\"tasks\":[", to);
	for (size_t i = 0; i < plan->tasks_count; i++) {
		const struct plan_task *t = &plan->tasks[i];
		json_write_next(&list);
		(void)fputs("{\"name\":", to);
		json_write_text(to, t->name);
		json_write_words(to, "command", t->command_shown);
		json_write_member(to, "cwd", t->cwd);
		if (t->timeout_ms != NEVER)
			(void)fprintf(
			    to, ",\"timeout_ms\":%" PRId64, t->timeout_ms);
		(void)fprintf(to, ",\"retries\":%d,\"retry_delay_ms\":%" PRId64,
		    t->retries, t->retry_ms);
		check_json_service_identity(&t->identity, to);
		(void)fputs("}", to);
	}
	(void)fputs("]", to);
}

static void
print_signals(const struct plan_signal_rule rules[], FILE *to)
{
	struct json_write_list list = { to, "" };
	(void)fputs(",\"signals\":{", to);
	for (int i = 1; i < PLAN_SIGNALS; i++) {
		char name[UNITS_TEXT_MAX];
		char action[UNITS_TEXT_MAX];
		if (rules[i].what == PLAN_SIGNAL_DEFAULT)
			continue;
		units_signal_text(i, name);
		sigrule_text(&rules[i], action);
		json_write_next(&list);
		(void)fprintf(to, "\"%s\":\"%s\"", name, action);
	}
	(void)fputs("}", to);
}

static void
print_notes(const struct check_notes *notes, bool wrong, FILE *to)
{
	struct json_write_list list = { to, "" };
	(void)fprintf(to, ",\"%s\":[", wrong ? "errors" : "warnings");
	for (size_t i = 0; i < notes->count; i++) {
		if (notes->item[i].wrong != wrong)
			continue;
		json_write_next(&list);
		json_write_text(to, notes->item[i].text);
	}
	(void)fputs("]", to);
}

void
check_json_print(const struct plan *plan, char *const environ_in[],
    const struct check_notes *notes, FILE *to)
{
	struct json_write_list refs = { to, "" };
	(void)fprintf(to, "{\"ok\":%s", notes->wrong ? "false" : "true");
	json_write_member(to, "source", plan->source);
	json_write_member(to, "app", plan->app);
	json_write_member(to, "environment", plan->environment);
	json_write_member(to, "version", plan->version);
	print_helpers(plan, environ_in, to);
	json_write_member(to, "health", plan->health.listen);
	(void)fprintf(to, ",\"secrets\":{\"deadline_ms\":%" PRId64,
	    plan->secrets.deadline_ms);
	json_write_member(to, "scw_region", plan->secrets.scw.region);
	(void)fputs(",\"references\":[", to);
	check_refs_each(plan, environ_in, print_ref, &refs);
	(void)fputs("]}", to);
	print_assets(plan, to);
	print_tasks(plan, to);
	check_json_services(plan, to);
	print_signals(plan->signal, to);
	json_write_member(to, "control", plan->control);
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
	json_write_member(to, "error", error->text);
	(void)fprintf(to, ",\"code\":%d}\n", error->code);
}
