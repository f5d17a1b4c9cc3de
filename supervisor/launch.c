#include "supervisor/launch.h"

#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/account.h"
#include "supervisor/init.h"

#include "supervisor/pid1.h"

static int
resolve(struct account *a, const struct plan_identity *identity,
    const struct plan_variables *const named[], const char *name)
{
	char why[256];
	if (account_resolve(a, identity, named, why) == 0)
		return EXITS_OK;
	log_error(0, "cannot run %s as %s", name, why);
	return EXITS_CONFIG;
}

int
launch_prepare(struct init *init)
{
	const struct plan *plan = init->plan;
	const struct plan_variables *shared = &plan->secrets.env;
	int code = EXITS_OK;

	for (size_t i = 0; code == EXITS_OK && i < plan->services_count; i++) {
		const struct plan_service *s = &plan->services[i];
		code = resolve(&init->account[i], &s->identity,
		    (const struct plan_variables *[]){ &s->env, shared, NULL },
		    s->name);
	}
	for (size_t i = 0; code == EXITS_OK && i < plan->tasks_count; i++) {
		const struct plan_task *t = &plan->tasks[i];
		code = resolve(&init->account[PLAN_SERVICES_MAX + i],
		    &t->identity,
		    (const struct plan_variables *[]){ &t->env, shared, NULL },
		    t->name);
	}
	return code;
}

static pid_t
launch(struct init *init, struct spawn how, enum spawn_step *ret_step)
{
	how.self = -1;
	how.channel = -1;
	how.home = init->inherit.home;
	how.mask = &init->signals.mask;
	how.ignored = &init->signals.ignored;
	environment_show(&init->environment);
	pid_t pid = spawn_process(&how, ret_step);
	environment_hide(&init->environment);
	return pid;
}

pid_t
launch_process(
    struct init *init, size_t slot, struct spawn how, enum spawn_step *ret_step)
{
	autoclose int out = -1;
	autoclose int err = -1;

	streams_new_life(&init->streams, slot, &out, &err);
	how.out = out;
	how.err = err;
	how.who = slot < init->services
		      ? &init->account[slot]
		      : &init->account[PLAN_SERVICES_MAX + init->boot.task];
	how.heir = slot == 0 && init->services > 0;
	if (how.heir && init->inherit.listen)
		how.listen_pid = true;
	if (!how.heir)
		how.without = inherit_withheld(&init->inherit);
	pid_t pid = launch(init, how, ret_step);
	if (pid > 0 && how.heir)
		inherit_release(&init->inherit);
	return pid;
}

pid_t
launch_beside(
    struct init *init, size_t slot, struct spawn how, enum spawn_step *ret_step)
{
	how.out = -1;
	how.err = -1;
	how.who = &init->account[slot];
	how.without = inherit_withheld(&init->inherit);
	return launch(init, how, ret_step);
}
