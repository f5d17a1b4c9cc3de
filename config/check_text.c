#include "config/check_text.h"

#include "config/check_refs.h"
#include "config/keys.h"
#include "config/ref.h"
#include "config/units.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/guard.h"

#include <string.h>

#define INDENT "             "

struct print {
	FILE *to;
	int step;
};

/* The left column: a step's number where it is one. */
static void
heading(struct print *p, const char *title, bool step)
{
	if (step)
		(void)fprintf(p->to, "%2d %-10s", ++p->step, title);
	else
		(void)fprintf(p->to, "   %-10s", title);
}

static void
word(const struct print *p, const char *text)
{
	char memory[512];
	struct buf b;
	size_t len = strlen(text);
	bool plain =
	    len > 0 &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789._-/:=,@+%${}?&#") == len;
	buf_init(&b, memory, sizeof(memory));
	if (plain)
		buf_str(&b, text);
	else
		buf_json(&b, text, len);
	(void)fprintf(p->to, "%s%s", b.data, b.cut ? "..." : "");
}

static void
words(const struct print *p, char *const command[])
{
	for (size_t i = 0; command[i] != NULL; i++) {
		(void)fputs(i == 0 ? "" : " ", p->to);
		word(p, command[i]);
	}
}

static const char *
span(int64_t ms)
{
	/* four at most stand in one line */
	static char texts[4][UNITS_TEXT_MAX];
	static unsigned turn;
	char *text = texts[turn++ % ARRAY_LEN(texts)];
	units_text(ms, text);
	return text;
}

static void
print_ref(void *arg, const struct check_ref *ref)
{
	const struct print *p = arg;
	char shown[512];
	ref_show(ref->reference, shown, sizeof(shown));
	(void)fprintf(p->to, INDENT "%s <- ", ref->variable);
	word(p, shown);
	(void)fprintf(p->to, "  (%s%s%s)\n", ref->where,
	    ref->who[0] == '\0' ? "" : " ", ref->who);
}

static void
print_secrets(struct print *p, const struct plan *plan, char *const env[])
{
	const struct plan_scw *scw = &plan->secrets.scw;
	if (check_refs_helper(plan, env, CHECK_FETCH) == NULL)
		return;
	heading(p, "secrets", true);
	(void)fprintf(p->to, "within %s", span(plan->secrets.deadline_ms));
	if (scw->region[0] != '\0')
		(void)fprintf(p->to, ", scaleway %s", scw->region);
	if (scw->secret_key_file[0] != '\0')
		(void)fprintf(p->to, ", key from %s", scw->secret_key_file);
	(void)fputs("\n", p->to);
	check_refs_each(plan, env, print_ref, p);
}

static void
print_assets(struct print *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->assets_count; i++) {
		const struct plan_assets *a = &plan->assets[i];
		heading(p, i == 0 ? "assets" : "", i == 0);
		word(p, a->root);
		(void)fputs(": import-meta-env, names from ", p->to);
		word(p, a->example);
		(void)fputs(
		    a->output[0] == '\0' ? ", in place" : ", into ", p->to);
		if (a->output[0] != '\0')
			word(p, a->output);
		(void)fputs("\n", p->to);
	}
}

static void
print_tasks(struct print *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->tasks_count; i++) {
		const struct plan_task *t = &plan->tasks[i];
		heading(p, i == 0 ? "tasks" : "", i == 0);
		(void)fprintf(p->to, "%s: ", t->name);
		words(p, t->command_shown);
		if (t->timeout_ms != NEVER)
			(void)fprintf(
			    p->to, "  (at most %s)", span(t->timeout_ms));
		(void)fputs("\n", p->to);
	}
}

static void
print_ready(const struct print *p, const struct plan_service *s)
{
	const char *target =
	    s->ready.kinds & PLAN_READY_HTTP ? s->ready.http : s->ready.tcp;
	if (s->ready.kinds == PLAN_READY_ALIVE) {
		(void)fprintf(
		    p->to, INDENT "  ready    when it has lived for 1 s\n");
		return;
	}
	(void)fprintf(p->to,
	    INDENT "  ready    when %.*s answers, asked every %s\n",
	    (int)strcspn(target, "?"), target, span(s->ready.every_ms));
}

static void
print_restart(const struct print *p, const struct plan_service *s)
{
	char policy[KEYS_CHOICE_MAX];
	keys_choice_name("services.*.restart.policy", (int)s->restart, policy);
	(void)fprintf(p->to, INDENT "  restart  %s", policy);
	if (s->restart != PLAN_RESTART_NEVER)
		(void)fprintf(p->to,
		    ": at once, then %s to %s; %d failures in %s: %s",
		    span(s->delay_first_ms), span(s->delay_max_ms),
		    s->window_count, span(s->window_ms),
		    s->give_up_keep ? "go on slowly" : "give up");
	(void)fputs("\n", p->to);
}

static void
print_services(struct print *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->services_count; i++) {
		const struct plan_service *s = &plan->services[i];
		char name[UNITS_TEXT_MAX] = "the signal that cradle gets";
		heading(p, i == 0 ? "services" : "", i == 0);
		(void)fprintf(p->to, "%s: ", s->name);
		words(p, s->command_shown);
		(void)fputs(s->essential ? "\n" : "  (not essential)\n", p->to);
		print_ready(p, s);
		print_restart(p, s);
		if (s->stop_signal != 0)
			units_signal_text(s->stop_signal, name);
		(void)fprintf(p->to, INDENT "  stop     %s, SIGKILL after %s\n",
		    name, i == 0 ? plan->grace_source : span(s->grace_ms));
	}
}

static void
print_events(struct print *p, const struct plan_events *events)
{
	bool slack = events->slack_webhook[0] != '\0';
	bool loki = events->loki_url[0] != '\0';
	if (!slack && !loki)
		return;
	heading(p, "events", false);
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
	struct print p = { .to = to };
	const char *gap = "";
	heading(&p, "from", false);
	(void)fprintf(to, "%s\n",
	    plan->source[0] != '\0' ? plan->source : "no configuration file");
	heading(&p, "app", false);
	(void)fprintf(to, "%s%s%s%s%s\n", plan->app,
	    plan->environment[0] != '\0' ? ", environment " : "",
	    plan->environment, plan->version[0] != '\0' ? ", version " : "",
	    plan->version);
	heading(&p, "helpers", false);
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
		heading(&p, "health", true);
		(void)fprintf(to, "%s\n", plan->health.listen);
	}
	print_secrets(&p, plan, environ_in);
	print_assets(&p, plan);
	print_tasks(&p, plan);
	print_services(&p, plan);
	print_events(&p, &plan->events);
}
