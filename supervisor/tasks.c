#include "supervisor/tasks.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/signame.h"
#include "supervisor/init.h"
#include "supervisor/launch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "supervisor/pid1.h"

#define KILL_MS 5000       /* from a task's TERM at its timeout to KILL */
#define RETRY_MAX_MS 30000 /* between two tries */

static const struct plan_task *
current(const struct init *init)
{
	return &init->plan->tasks[init->boot.task];
}

static int64_t
retry_delay(const struct plan_task *task, int tries)
{
	int64_t delay = task->retry_ms;
	for (int i = 1; i < tries && delay < RETRY_MAX_MS; i++)
		delay *= 2;
	return delay < RETRY_MAX_MS || tries == 1 ? delay : RETRY_MAX_MS;
}

/* This try has failed, as text says: another one, or the end of the boot. */
static void
fail(struct init *init, int code, const char *text)
{
	struct boot *b = &init->boot;
	const struct plan_task *task = current(init);

	if (b->task_tries >= task->retries) {
		boot_fail(init, code, text);
		return;
	}
	int64_t delay = retry_delay(task, ++b->task_tries);
	log_warn(0, "%s, try %d of %d in %lld ms", text, b->task_tries + 1,
	    task->retries + 1, (long long)delay);
	b->task_retry_at = clock_ms() + delay;
}

static void
start(struct init *init)
{
	struct boot *b = &init->boot;
	const struct plan_task *task = current(init);
	enum spawn_step step = SPAWN_FORK;
	char text[512], why[400];

	b->task_retry_at = NEVER;
	pid_t pid = launch_process(init, init->services,
	    (struct spawn){
		.argv = task->command,
		.envp = init->environment.task_envp[b->task],
		.cwd = task->cwd,
	    },
	    &step);
	if (pid > 0) {
		b->task_pid = pid;
		b->task_told = false;
		if (task->timeout_ms != NEVER)
			b->task_deadline = clock_ms() + task->timeout_ms;
		return;
	}
	spawn_explain(step, -pid, task->command_shown[0], task->cwd, why);
	(void)snprintf(
	    text, sizeof(text), "cannot start task %s: %s", task->name, why);
	if (spawn_may_pass(-pid))
		fail(init, spawn_exit_code(step, -pid), text);
	else
		boot_fail(init, spawn_exit_code(step, -pid), text);
}

static void
describe(struct init *init, int status, char *text, size_t size)
{
	const struct plan_task *task = current(init);
	bool oom = !init->boot.task_told && oom_took_task(init, status);
	if (init->boot.task_told)
		(void)snprintf(text, size, "task %s did not end within %lld ms",
		    task->name, (long long)task->timeout_ms);
	else if (oom)
		(void)snprintf(text, size,
		    "task %s failed: the kernel killed %s, out of memory",
		    task->name, WIFSIGNALED(status) ? "it" : "a process of it");
	else if (WIFSIGNALED(status))
		(void)snprintf(text, size, "task %s died of %s", task->name,
		    signame(WTERMSIG(status)));
	else
		(void)snprintf(text, size, "task %s failed with code %d",
		    task->name, WEXITSTATUS(status));
}

static void
judge(struct init *init)
{
	struct boot *b = &init->boot;
	int status = b->task_status;
	char text[512];

	b->task_died = false;
	b->task_deadline = NEVER;
	b->task_pid = 0;
	if (b->state != BOOT_TASKS || init->phase != PHASE_RUN)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		b->task++;
		b->task_tries = 0;
		return;
	}
	describe(init, status, text, sizeof(text));
	fail(init, service_exit_code(status), text);
}

static void
end_late(struct init *init)
{
	struct boot *b = &init->boot;
	(void)kill(-b->task_pid, b->task_told ? SIGKILL : SIGTERM);
	b->task_deadline = b->task_told ? NEVER : clock_ms() + KILL_MS;
	b->task_told = true;
}

bool
tasks_turn(struct init *init)
{
	struct boot *b = &init->boot;
	int64_t now = clock_ms();

	if (b->task_died)
		judge(init);
	if (b->task_pid != 0 && now >= b->task_deadline)
		end_late(init);
	if (b->state != BOOT_TASKS || b->task_pid != 0 ||
	    init->phase != PHASE_RUN)
		return false;
	if (b->task == init->plan->tasks_count)
		return true;
	if (b->task_retry_at == NEVER || now >= b->task_retry_at)
		start(init);
	return false;
}

int64_t
tasks_deadline(const struct init *init)
{
	const struct boot *b = &init->boot;
	if (init->phase == PHASE_RUN && b->task_retry_at < b->task_deadline)
		return b->task_retry_at;
	return b->task_deadline;
}

void
tasks_stop(struct init *init, int signal)
{
	struct boot *b = &init->boot;
	if (b->task_pid == 0)
		return;
	b->task_told = true;
	(void)kill(-b->task_pid, signal);
	b->task_deadline = clock_ms() + init->plan->services[0].grace_ms;
}

void
tasks_force(struct init *init)
{
	if (init->boot.task_pid != 0)
		(void)kill(-init->boot.task_pid, SIGKILL);
}
