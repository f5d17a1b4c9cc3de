#include "config/check_text_service.h"

#include "config/check_stops.h"
#include "config/cron.h"
#include "config/identity.h"
#include "config/keys.h"
#include "config/units.h"
#include "core/clock.h"
#include "core/guard.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define POLLED (PLAN_READY_HTTP | PLAN_READY_TCP | PLAN_READY_EXEC)

static void
begin(const struct check_print *p, const char *title)
{
	(void)fprintf(p->to, CHECK_PRINT_INDENT "  %-9s", title);
}

static void
end(const struct check_print *p)
{
	(void)fputs("\n", p->to);
}

static void
print_after(const struct check_print *p, const struct plan *plan, uint64_t set)
{
	const char *gap = "";
	if (set == 0)
		return;
	begin(p, "after");
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i)) {
		if ((set >> i & 1) == 0)
			continue;
		(void)fprintf(p->to, "%s%s", gap, plan->services[i].name);
		gap = ", ";
	}
	end(p);
}

/* What has to happen for one kind of a probe. */
static void
print_kind(const struct check_print *p, const struct plan_probe *probe,
    enum plan_ready kind, bool alive)
{
	switch (kind) {
	case PLAN_READY_ALIVE:
		(void)fputs("it has lived for 1 s", p->to);
		break;
	case PLAN_READY_HTTP:
		check_print_url(p, probe->http);
		(void)fputs(" answers", p->to);
		break;
	case PLAN_READY_TCP:
		(void)fprintf(p->to, "%s answers", probe->tcp);
		break;
	case PLAN_READY_EXEC:
		check_print_words(p, probe->exec_shown);
		(void)fputs(" ends with 0", p->to);
		break;
	case PLAN_READY_NOTIFY:
		(void)fprintf(
		    p->to, "it sends %s=1", alive ? "WATCHDOG" : "READY");
		break;
	case PLAN_READY_FD:
		(void)fprintf(
		    p->to, "it writes a line to descriptor %d", probe->fd);
		break;
	case PLAN_READY_IPC:
		(void)fputs("it sends \"ready\" over Node's IPC", p->to);
		break;
	case PLAN_READY_LISTEN:
		(void)fputs("it listens on TCP", p->to);
		break;
	}
}

static void
print_probe(
    const struct check_print *p, const struct plan_probe *probe, bool alive)
{
	const char *gap = "";
	for (unsigned kind = 1; kind <= probe->kinds; kind <<= 1) {
		if ((probe->kinds & kind) == 0)
			continue;
		(void)fputs(gap, p->to);
		print_kind(p, probe, (enum plan_ready)kind, alive);
		gap = " and ";
	}
	if (probe->kinds & POLLED)
		(void)fprintf(p->to, ", asked every %s",
		    check_print_span(probe->every_ms));
}

static void
print_readiness(const struct check_print *p, const struct plan_service *s)
{
	begin(p, "ready");
	(void)fputs("when ", p->to);
	print_probe(p, &s->ready, false);
	if (s->start_timeout_ms != NEVER)
		(void)fprintf(p->to, "; after %s it has failed",
		    check_print_span(s->start_timeout_ms));
	end(p);
	if (s->alive.probe.kinds == 0)
		return;
	begin(p, "alive");
	(void)fputs("while ", p->to);
	print_probe(p, &s->alive.probe, true);
	(void)fprintf(p->to, "; replaced after %d failure%s in a row%s",
	    s->alive.failures, s->alive.failures == 1 ? "" : "s",
	    s->alive.report ? ", with SIGABRT for Node's report" : "");
	end(p);
}

static void
print_sockets(const struct check_print *p, const struct plan_service *s)
{
	if (s->listen_count > 0) {
		begin(p, "listen");
		for (size_t i = 0; i < s->listen_count; i++)
			(void)fprintf(
			    p->to, "%s%s", i == 0 ? "" : ", ", s->listen[i]);
		end(p);
	}
	if (!s->handover) {
		begin(p, "handover");
		(void)fputs("off: its sockets end with it\n", p->to);
	}
	if (s->standby) {
		begin(p, "standby");
		(void)fputs("a spare that waits at its listen()", p->to);
		if (s->standby_max_age_ms != NEVER)
			(void)fprintf(p->to, ", made anew after %s",
			    check_print_span(s->standby_max_age_ms));
		end(p);
	}
}

static void
print_memory(const struct check_print *p, const struct plan_service *s)
{
	char size[UNITS_TEXT_MAX];
	char action[KEYS_CHOICE_MAX];
	if (s->memory.max_percent > 0 || s->memory.max_bytes > 0) {
		keys_choice_name(
		    "services.*.memory.action", (int)s->memory.action, action);
		begin(p, "memory");
		units_size_text(s->memory.max_bytes, size);
		if (s->memory.max_percent > 0)
			(void)fprintf(p->to, "%d%% of the cgroup's limit",
			    s->memory.max_percent);
		else
			(void)fputs(size, p->to);
		(void)fprintf(p->to, " at most, else a %s\n", action);
	}
	if (s->heap_note[0] == '\0')
		return;
	begin(p, "heap");
	if (s->heap_mb > 0)
		(void)fprintf(p->to, "%" PRId64 " MB, ", s->heap_mb);
	(void)fputs(s->heap_note, p->to);
	end(p);
}

static void
print_limits(const struct check_print *p, const struct plan_limit limit[])
{
	const char *gap = "";
	for (int i = 0; i < PLAN_LIMITS; i++) {
		char text[IDENTITY_TEXT_MAX];
		if (!limit[i].set)
			continue;
		if (gap[0] == '\0')
			begin(p, "limits");
		identity_limit_text(&limit[i], text);
		(void)fprintf(p->to, "%s%s %s", gap,
		    identity_limit_name((enum plan_limit_kind)i), text);
		gap = ", ";
	}
	if (gap[0] != '\0')
		end(p);
}

void
check_text_service_identity(
    const struct check_print *p, const struct plan_identity *identity)
{
	const char *user = identity->user;
	const char *group = identity->group;
	if (user[0] != '\0' || group[0] != '\0' || identity->umask != -1) {
		begin(p, "as");
		(void)fprintf(p->to, "%s%s", user[0] != '\0' ? "user " : "",
		    user[0] != '\0' ? user : "cradle's user");
		if (group[0] != '\0')
			(void)fprintf(p->to, ", group %s", group);
		if (identity->umask != -1)
			(void)fprintf(
			    p->to, ", umask %03o", (unsigned)identity->umask);
		end(p);
	}
	print_limits(p, identity->limit);
}

static void
print_restart(const struct check_print *p, const struct plan_service *s)
{
	char policy[KEYS_CHOICE_MAX];
	keys_choice_name("services.*.restart.policy", (int)s->restart, policy);
	begin(p, "restart");
	(void)fputs(policy, p->to);
	if (s->restart != PLAN_RESTART_NEVER)
		(void)fprintf(p->to,
		    ": at once, then %s to %s; %d failures in %s: %s",
		    check_print_span(s->delay_first_ms),
		    check_print_span(s->delay_max_ms), s->window_count,
		    check_print_span(s->window_ms),
		    s->give_up_keep ? "go on slowly" : "give up");
	end(p);
}

static void
print_cron(const struct check_print *p, const struct plan_cron *cron)
{
	char text[64];
	struct tm tm;
	if (!cron->set)
		return;
	int64_t ms = cron_next(cron, clock_wall_ns() / 1000000);
	time_t at = (time_t)(ms / 1000);
	begin(p, "clock");
	if (ms == NEVER || localtime_r(&at, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm) == 0)
		(void)fputs("never restarted", p->to);
	else
		(void)fprintf(p->to, "restarted next at %s", text);
	end(p);
}

static void
print_stop(const struct check_print *p, const struct plan_service *s,
    const char *grace)
{
	char name[UNITS_TEXT_MAX] = "the signal that cradle gets";
	if (s->stop_signal != 0)
		units_signal_text(s->stop_signal, name);
	begin(p, "stop");
	if (s->stop_delay_ms > 0)
		(void)fprintf(p->to, "not ready for %s, then ",
		    check_print_span(s->stop_delay_ms));
	if (s->before_stop != NULL) {
		check_print_words(p, s->before_stop_shown);
		(void)fputs(", then ", p->to);
	}
	(void)fprintf(p->to, "%s, SIGKILL after %s",
	    s->stop_message ? "the message \"shutdown\"" : name, grace);
	end(p);
}

void
check_text_service(
    const struct check_print *p, const struct plan *plan, size_t i)
{
	const struct plan_service *s = &plan->services[i];
	(void)fprintf(p->to, "%s: ", s->name);
	check_print_words(p, s->command_shown);
	if (s->instances > 1)
		(void)fprintf(p->to, "  (%d instances)", s->instances);
	(void)fputs(s->essential ? "\n" : "  (not essential)\n", p->to);
	print_after(p, plan, s->after);
	check_text_service_identity(p, &s->identity);
	print_readiness(p, s);
	print_sockets(p, s);
	print_memory(p, s);
	print_restart(p, s);
	print_cron(p, &s->cron);
	print_stop(
	    p, s, i == 0 ? plan->grace_source : check_print_span(s->grace_ms));
}

void
check_text_service_stops(const struct check_print *p, const struct plan *plan)
{
	const char *gap = "";
	uint64_t gone = 0;
	uint64_t next;
	while ((next = check_stops_next(plan, gone)) != 0) {
		for (size_t i = 0; i < plan->services_count;
		     i = plan_next_service(plan, i)) {
			if ((next >> i & 1) == 0)
				continue;
			(void)fprintf(
			    p->to, "%s%s", gap, plan->services[i].name);
			gap = ", ";
		}
		gone |= next;
		gap = ", then ";
	}
	end(p);
}
