#include "supervisor/meaning.h"

#include "supervisor/init.h"
#include "supervisor/terminal.h"

#include <signal.h>

#include "supervisor/pid1.h"

enum plan_signal
meaning_of(const struct init *init, int sig)
{
	enum plan_signal what = init->plan->signal[sig].what;

	if (init->phase == PHASE_RUN)
		return what;
	if (sig == SIGTERM || sig == SIGINT)
		return PLAN_SIGNAL_DEFAULT;
	if (what == PLAN_SIGNAL_RESTART || what == PLAN_SIGNAL_RELOAD)
		return PLAN_SIGNAL_DROP;
	return what;
}

static void
send_to(pid_t group, int sig)
{
	if (group > 0 && kill(-group, sig) == -1)
		(void)kill(group, sig);
}

void
meaning_forward(const struct init *init, int sig)
{
	if (sig == SIGCONT)
		terminal_lend(init);
	if (init->service[0].pid == 0)
		send_to(init->boot.task_pid, sig);
	for (int i = 0; i < init->plan->services[0].instances; i++)
		send_to(init->service[i].pid, sig);
}
