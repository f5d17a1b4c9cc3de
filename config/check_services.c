#include "config/check_services.h"

#include "config/finish_service.h"
#include "config/identity.h"
#include "config/quota.h"
#include "core/guard.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool
is_number(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

static void
look_at_names(const struct plan_identity *identity, const char *who,
    struct check_notes *notes)
{
	const char *user = identity->user;
	const char *group = identity->group;
	if ((user[0] != '\0' || group[0] != '\0') && geteuid() != 0)
		check_notes_add(notes, false,
		    "%s: has a user or group, which only root can give it "
		    "(cradle is not root here)",
		    who);
	if (!is_number(user) && getpwnam(user) == NULL)
		check_notes_add(notes, false,
		    "%s: there is no user %s in /etc/passwd here", who, user);
	if (!is_number(group) && getgrnam(group) == NULL)
		check_notes_add(notes, false,
		    "%s: there is no group %s in /etc/group here", who, group);
}

static void
look_at_identity(const struct plan_identity *identity, const char *who,
    struct check_notes *notes)
{
	look_at_names(identity, who, notes);
	for (int i = 0; i < PLAN_LIMITS; i++) {
		const struct plan_limit *limit = &identity->limit[i];
		int resource = identity_limit_resource((enum plan_limit_kind)i);
		struct rlimit now;
		if (!limit->set || getrlimit(resource, &now) == -1 ||
		    limit->hard <= now.rlim_max)
			continue;
		check_notes_add(notes, false,
		    "%s: limits.%s is above what cradle may have here, which "
		    "needs CAP_SYS_RESOURCE (or docker run --ulimit)",
		    who, identity_limit_name((enum plan_limit_kind)i));
	}
}

static void
look_at_probes(const struct plan_service *s, struct check_notes *notes)
{
	bool watched = s->alive.probe.kinds != 0;
	if (watched && s->ready.kinds == PLAN_READY_ALIVE)
		check_notes_add(notes, false,
		    "%s: has \"alive\" and no \"ready\": it is asked from its "
		    "first second on, whether or not it has booted",
		    s->name);
	if (s->alive.report && !watched)
		check_notes_add(notes, false,
		    "%s: has \"report\" and no \"alive\": nothing finds out "
		    "that it does not answer",
		    s->name);
}

/* limit: the cgroup's, 0 for none. */
static void
look_at_memory(
    const struct plan_service *s, int64_t limit, struct check_notes *notes)
{
	if (s->memory.max_percent > 0 && limit == 0)
		check_notes_add(notes, false,
		    "%s: memory.max is a percentage of the cgroup's limit, "
		    "and there is none here (docker run --memory): nothing "
		    "is watched without",
		    s->name);
	if (limit > 0 && s->memory.max_bytes >= limit)
		check_notes_add(notes, false,
		    "%s: memory.max is not below the cgroup's limit: the "
		    "kernel's OOM killer comes first",
		    s->name);
}

/* What is of each instance, and seldom meant so. */
static void
look_at_instances(const struct plan_service *s, struct check_notes *notes)
{
	if (s->instances == 1)
		return;
	if (s->memory.max_percent * s->instances > 100)
		check_notes_add(notes, false,
		    "%s: memory.max is of each of its %d instances, which have "
		    "%d%% of the cgroup's limit together",
		    s->name, s->instances,
		    s->memory.max_percent * s->instances);
	if (!finish_service_shares_ports(s, s->handover))
		check_notes_add(notes, false,
		    "%s: has %d instances and no handover: they cannot share "
		    "a port",
		    s->name, s->instances);
	if (s->handover && s->increment_var[0] == '\0' &&
	    (s->alive.probe.kinds & (PLAN_READY_HTTP | PLAN_READY_TCP)))
		check_notes_add(notes, false,
		    "%s: its instances share their sockets, so that any of "
		    "them may answer the probe of another (\"notify\" and "
		    "exec are of each)",
		    s->name);
}

static void
look_at_stop(const struct plan_service *s, struct check_notes *notes)
{
	if (s->stop_delay_ms > s->grace_ms)
		check_notes_add(notes, false,
		    "%s: stop.delay is longer than stop.grace (a container "
		    "that is stopped has to be given both)",
		    s->name);
}

static void
look_at_signals(
    const struct plan_signal_rule rules[], struct check_notes *notes)
{
	if (rules[SIGTERM].what != PLAN_SIGNAL_DEFAULT)
		check_notes_add(notes, false,
		    "signals: with an entry for TERM nothing asks cradle to "
		    "stop, but a kill after the container's grace");
}

void
check_services_look(const struct plan *plan, struct check_notes *notes)
{
	int64_t limit = quota_memory("");
	for (size_t i = 0; i < plan->tasks_count; i++)
		look_at_identity(
		    &plan->tasks[i].identity, plan->tasks[i].name, notes);
	for (size_t i = 0; i < plan->services_count;
	     i = plan_next_service(plan, i)) {
		const struct plan_service *s = &plan->services[i];
		look_at_identity(&s->identity, s->name, notes);
		look_at_probes(s, notes);
		look_at_memory(s, limit, notes);
		look_at_instances(s, notes);
		look_at_stop(s, notes);
	}
	look_at_signals(plan->signal, notes);
}
