#include "supervisor/setup.h"

#include "config/finish_service.h"
#include "core/exits.h"
#include "core/log.h"
#include "supervisor/alive.h"
#include "supervisor/init.h"
#include "supervisor/listener.h"
#include "supervisor/talk.h"
#include "supervisor/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "supervisor/pid1.h"

/* Where /proc is missing the kernel still tells where we came from. */
void
setup_self(struct init *init)
{
	int home = init->inherit.home > 0 ? init->inherit.home : AT_FDCWD;

	init->self_fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (init->self_fd == -1)
		init->self_fd = openat(home, (const char *)getauxval(AT_EXECFN),
		    O_PATH | O_CLOEXEC);
}

/* 0 or -errno; health_fd stays -1 when it is off. */
static int
open_health(struct init *init, const struct plan *plan)
{
	char why[160];
	init->health_fd = -1;
	if (plan->health.listen[0] == '\0')
		return 0;
	int fd = listener_open(plan->health.listen, why, sizeof(why));
	if (fd < 0) {
		log_error(fd, "cannot listen for probes on %s (%s)",
		    plan->health.listen, why);
		return fd;
	}
	init->health_fd = fd;
	return 0;
}

static bool
needs_health(const struct init *init, const struct plan *plan)
{
	for (size_t i = 0; i < plan->services_count; i++)
		if (alive_needs_health(&plan->services[i]))
			return true;
	return init->health_fd != -1;
}

static void
setup_services(struct init *init, const struct plan *plan)
{
	init->services = plan->services_count;
	for (size_t i = 0; i < init->services; i++)
		service_setup(&init->service[i], init, &plan->services[i]);
}

static const struct talk *const talks[ROLES] = {
	[ROLE_FETCH] = &talk_fetch,
	[ROLE_INJECT] = &talk_inject,
	[ROLE_SCRIBE] = &talk_scribe,
	[ROLE_COURIER] = &talk_courier,
	[ROLE_HEALTH] = &talk_health,
};

static void
setup_helpers(struct init *init, const struct plan *plan)
{
	for (int i = 0; i < ROLES; i++)
		helper_setup(&init->helper[i], init, talks[i]);
	init->helper[ROLE_HEALTH].wanted = needs_health(init, plan);
}

static void
setup_events(struct init *init, const struct plan *plan)
{
	const struct plan_events *ev = &plan->events;
	init->obituaries.sink[SINK_SLACK] = ev->slack_webhook[0] != '\0';
	init->obituaries.sink[SINK_LOKI] = ev->loki_url[0] != '\0';
	init->obituaries.on = init->obituaries.sink[SINK_SLACK] ||
			      init->obituaries.sink[SINK_LOKI];
	if (!init->obituaries.on)
		return;
	int r = streams_setup(&init->streams, plan->services_count + 1);
	if (r < 0)
		log_warn(r, "cannot keep the services' last words");
}

/* Secrets are in play: no core file, no reading by others of our user. */
static void
guard_memory(struct init *init, char **environment)
{
	bool credentials = environment_wipe(environment);
	if (!credentials && init->environment.wants == 0 &&
	    !init->obituaries.on)
		return;
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (init->environment.wants > 0 && secret_setup() < 0)
		log_warn(0, "cannot set up guarded memory");
}

static void
doubt_ports(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct plan_service *p = init->service[i].plan;
		bool kept = p->handover && init->handover.way != HANDOVER_OFF;
		if (p->instance > 0 || finish_service_shares_ports(p, kept))
			continue;
		log_warn(0,
		    "%s has %d instances and no handover: they cannot share a "
		    "port",
		    p->name, p->instances);
	}
}

int
setup_all(struct init *init, char **environment)
{
	const struct plan *plan = init->plan;

	init->self_fd = -1;
	int r = open_health(init, plan);
	if (r < 0)
		return r == -EINVAL ? EXITS_CONFIG : EXITS_OSERR;
	if (environment_collect(&init->environment, plan, environment) < 0) {
		log_error(0, "%s", init->environment.problem);
		return EXITS_CONFIG;
	}
	init->tty_group = terminal_own();
	setup_services(init, plan);
	setup_events(init, plan);
	setup_helpers(init, plan);
	memory_setup(init);
	handover_setup(init);
	doubt_ports(init);
	oom_setup(init);
	guard_memory(init, environment);
	return EXITS_OK;
}

void
setup_adopted_helpers(struct init *init)
{
	for (int i = 0; i < ROLES; i++)
		helper_adopt(&init->helper[i], talks[i]);
}
