#include "config/check_direct.h"
#include "config/check_text.h"

#include "config/check_print.h"
#include "config/check_refs.h"
#include "config/check_text_service.h"
#include "config/ref.h"
#include "config/sigrule.h"
#include "config/units.h"
#include "core/clock.h"

#include <string.h>

#define USUAL_HOLD_MS 30000 /* nothing to tell of */

static void
print_ref(void *arg, const struct check_ref *ref)
{
	const struct check_print *p = arg;
	char shown[512];
	ref_show(ref->reference, shown, sizeof(shown));
	(void)fprintf(p->to, CHECK_PRINT_INDENT "%s <- ", ref->variable);
	check_print_word(p, shown);
	(void)fprintf(p->to, "  (%s%s%s)\n", ref->where,
	    ref->who[0] == '\0' ? "" : " ", ref->who);
}

static void
print_secrets(struct check_print *p, const struct plan *plan, char *const env[])
{
	const struct plan_scw *scw = &plan->secrets.scw;
	if (check_refs_helper(plan, env, CHECK_FETCH) == NULL)
		return;
	check_print_heading(p, "secrets", true);
	(void)fprintf(
	    p->to, "within %s", check_print_span(plan->secrets.deadline_ms));
	if (scw->region[0] != '\0')
		(void)fprintf(p->to, ", scaleway %s", scw->region);
	if (scw->secret_key_file[0] != '\0')
		(void)fprintf(p->to, ", key from %s", scw->secret_key_file);
	(void)fputs("\n", p->to);
	check_refs_each(plan, env, print_ref, p);
}

static void
print_assets(struct check_print *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->assets_count; i++) {
		const struct plan_assets *a = &plan->assets[i];
		char mode[KEYS_CHOICE_MAX];
		check_print_heading(p, i == 0 ? "assets" : "", i == 0);
		check_print_word(p, a->root);
		keys_choice_name("assets[].mode", a->mode, mode);
		(void)fprintf(p->to, ": %s, names ", mode);
		if (a->variables == NULL)
			(void)fputs("from ", p->to);
		if (a->variables == NULL)
			check_print_word(p, a->example);
		else
			check_print_words(p, a->variables_shown);
		(void)fputs(
		    a->output[0] == '\0' ? ", in place" : ", into ", p->to);
		if (a->output[0] != '\0')
			check_print_word(p, a->output);
		(void)fputs("\n", p->to);
	}
}

static void
print_tasks(struct check_print *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->tasks_count; i++) {
		const struct plan_task *t = &plan->tasks[i];
		check_print_heading(p, i == 0 ? "tasks" : "", i == 0);
		(void)fprintf(p->to, "%s: ", t->name);
		check_print_words(p, t->command_shown);
		if (t->timeout_ms != NEVER)
			(void)fprintf(p->to, "  (at most %s)",
			    check_print_span(t->timeout_ms));
		if (t->retries > 0)
			(void)fprintf(p->to, "  (%d more %s, from %s on)",
			    t->retries, t->retries == 1 ? "try" : "tries",
			    check_print_span(t->retry_ms));
		(void)fputs("\n", p->to);
		check_text_service_identity(p, &t->identity);
	}
}

static void
print_services(
    struct check_print *p, const struct plan *plan, char *const environ_in[])
{
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i)) {
		check_print_heading(p, i == 0 ? "services" : "", i == 0);
		check_text_service(p, plan, i);
		check_direct_print(p, plan, i, environ_in);
	}
	if (plan_next_service(plan, 0) >= plan->services_count)
		return;
	check_print_heading(p, "stopped", false);
	check_text_service_stops(p, plan);
}

static void
print_hold(struct check_print *p, const struct plan *plan)
{
	bool any = false;
	for (size_t i = 0; i < plan->services_count; i++)
		any |= plan->services[i].handover;
	if (!any || plan->hold_ms == USUAL_HOLD_MS)
		return;
	check_print_heading(p, "handover", false);
	(void)fprintf(p->to,
	    "connections to a service that is away wait for %s at most\n",
	    check_print_span(plan->hold_ms));
}

static void
print_signals(struct check_print *p, const struct plan_signal_rule rules[])
{
	const char *gap = "";
	for (int i = 1; i < PLAN_SIGNALS; i++) {
		char name[UNITS_TEXT_MAX];
		char action[UNITS_TEXT_MAX];
		if (rules[i].what == PLAN_SIGNAL_DEFAULT)
			continue;
		if (gap[0] == '\0')
			check_print_heading(p, "signals", false);
		units_signal_text(i, name);
		sigrule_text(&rules[i], action);
		(void)fprintf(p->to, "%s%s: %s", gap, name, action);
		gap = ", ";
	}
	if (gap[0] != '\0')
		(void)fputs("\n", p->to);
}

static void
print_events(struct check_print *p, const struct plan_events *events)
{
	bool slack = events->slack_webhook[0] != '\0';
	bool loki = events->loki_url[0] != '\0';
	if (!slack && !loki)
		return;
	check_print_heading(p, "events", false);
	(void)fprintf(
	    p->to, "%s%s", slack ? "slack" : "", slack && loki ? ", " : "");
	if (loki)
		(void)fprintf(p->to, "loki %.*s",
		    (int)strcspn(events->loki_url, "?#"), events->loki_url);
	(void)fputs("\n", p->to);
}

void
check_text_print(const struct plan *plan, char *const environ_in[], FILE *to)
{
	struct check_print p = { .to = to };
	const char *gap = "";
	check_print_heading(&p, "from", false);
	(void)fprintf(to, "%s\n",
	    plan->source[0] != '\0' ? plan->source : "no configuration file");
	check_print_heading(&p, "app", false);
	(void)fprintf(to, "%s%s%s%s%s\n", plan->app,
	    plan->environment[0] != '\0' ? ", environment " : "",
	    plan->environment, plan->version[0] != '\0' ? ", version " : "",
	    plan->version);
	check_print_heading(&p, "helpers", false);
	for (int h = 0; h < CHECK_HELPERS; h++) {
		const char *name =
		    check_refs_helper(plan, environ_in, (enum check_helper)h);
		if (name == NULL)
			continue;
		(void)fprintf(to, "%s%s", gap, name);
		gap = " ";
	}
	(void)fputs(gap[0] == '\0' ? "none\n" : "\n", to);
	if (plan->health.listen[0] != '\0') {
		check_print_heading(&p, "health", true);
		(void)fprintf(to, "%s\n", plan->health.listen);
	}
	print_secrets(&p, plan, environ_in);
	print_assets(&p, plan);
	print_tasks(&p, plan);
	print_services(&p, plan, environ_in);
	print_hold(&p, plan);
	print_signals(&p, plan->signal);
	if (plan->control[0] != '\0') {
		check_print_heading(&p, "control", false);
		(void)fprintf(to, "%s\n", plan->control);
	}
	print_events(&p, &plan->events);
}
