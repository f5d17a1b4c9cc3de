#include "supervisor/errand.h"

#include "core/clock.h"
#include "core/log.h"
#include "supervisor/init.h"
#include "supervisor/launch.h"

#include <signal.h>

#include "supervisor/pid1.h"

void
errand_setup(struct errand *errand, const char *what)
{
	*errand = (struct errand){ .what = what, .deadline = NEVER };
}

void
errand_start(struct errand *errand, struct init *init, size_t slot,
    char *const argv[], int64_t ms)
{
	const struct service *s = &init->service[slot];
	enum spawn_step step = SPAWN_FORK;

	bool quiet = errand->quiet;
	const char *program = errand->program;
	errand_setup(errand, errand->what);
	pid_t pid = launch_beside(init, slot,
	    (struct spawn){
		.argv = argv,
		.envp = init->environment.service_envp[slot],
		.cwd = s->plan->cwd,
	    },
	    &step);
	if (pid > 0) {
		errand->pid = pid;
		errand->deadline = clock_ms() + ms;
		return;
	}
	if (!quiet) {
		char why[400];
		spawn_explain(step, -pid, program, s->plan->cwd, why);
		log_error(0, "cannot run %s of %s: %s", errand->what,
		    s->plan->shown, why);
	}
	errand->over = true;
	errand->status = spawn_exit_code(step, -pid) << 8;
}

bool
errand_over(struct errand *errand)
{
	bool over = errand->over;
	errand->over = false;
	return over;
}

/* A dead leader's group may live on: it is named by the same number. */
static void
kill_group(const struct errand *errand)
{
	if (errand->pid != 0 && kill(-errand->pid, SIGKILL) == -1)
		(void)kill(errand->pid, SIGKILL);
}

void
errand_abandon(struct errand *errand)
{
	kill_group(errand);
	errand_setup(errand, errand->what);
}

void
errand_turn(struct errand *errand)
{
	if (errand->pid == 0 || clock_ms() < errand->deadline)
		return;
	kill_group(errand);
	errand->deadline = NEVER;
	errand->late = true;
}

int64_t
errand_deadline(const struct errand *errand)
{
	return errand->over ? 0 : errand->deadline;
}

bool
errand_died(struct errand *errand, pid_t pid, int status)
{
	if (errand->pid == 0 || errand->pid != pid)
		return false;
	kill_group(errand);
	errand->pid = 0;
	errand->deadline = NEVER;
	errand->over = true;
	errand->status = status;
	return true;
}
