#include "supervisor/adopt.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"
#include "core/signame.h"
#include "supervisor/ending.h"
#include "supervisor/init.h"
#include "supervisor/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define LOST (EXITS_INTERNAL << 8) /* wait(2)'s word for one nobody saw end */
#define FAREWELL_MS 10000

static bool
is_child(pid_t pid)
{
	siginfo_t info;
	return pid > 0 && waitid(P_PID, (id_t)pid, &info,
			      WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void
adopt_service(struct service *s)
{
	static const struct rusage unknown;
	bool here = is_child(s->pid);

	if (life_has_process(s->state)) {
		if (s->pid == 0)
			s->born_us = clock_us();
		if (!s->died && !here)
			ending_record(s, LOST, &unknown);
	} else {
		if (here)
			(void)kill(-s->pid, SIGKILL);
		s->pid = 0;
	}
	ear_adopt(s);
	alive_adopt(s, is_child);
	if (s->hook.pid != 0 && !is_child(s->hook.pid))
		(void)errand_died(&s->hook, s->hook.pid, LOST);
}

static bool
is_its(const struct service *s, pid_t pid)
{
	return s != NULL && (s->pid == pid || s->hook.pid == pid ||
				s->alive.ready_exec.errand.pid == pid ||
				s->alive.alive_exec.errand.pid == pid);
}

static bool
is_known(const struct init *init, pid_t pid)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (is_its(s, pid) || is_its(standby_spare(s), pid))
			return true;
	}
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].pid == pid)
			return true;
	return init->boot.task_pid == pid;
}

void
adopt_processes(struct init *init, const struct testament *t)
{
	struct boot *b = &init->boot;

	if (is_child(t->newest) && !is_known(init, t->newest) &&
	    kill(-t->newest, SIGKILL) == -1)
		(void)kill(t->newest, SIGKILL);
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		adopt_service(s);
		if (standby_spare(s) != NULL)
			adopt_service(standby_spare(s));
	}
	for (int i = 0; i < ROLES; i++)
		if (!is_child(init->helper[i].pid))
			init->helper[i].pid = 0;
	watch_adopt(init);
	deserted_adopt(init);
	if (b->task_pid != 0 && !b->task_died && !is_child(b->task_pid)) {
		b->task_died = true;
		b->task_status = LOST;
	}
}

/* ---- what is said ---- */

static void
describe(const struct testament *t, char *text, size_t size)
{
	if (t->sig == SIGABRT)
		(void)snprintf(text, size, "PID 1 failed an assertion");
	else
		(void)snprintf(text, size, "PID 1 hit %s at %#llx (code %d)",
		    signame(t->sig), (unsigned long long)t->address,
		    (int)t->code);
}

void
adopt_tell(struct init *init, const struct testament *t)
{
	const struct rebirths *r = &init->rebirths;
	int recent = rebirths_recent(r, clock_ms());
	char text[128];

	describe(t, text, sizeof(text));
	log_error(0, "%s and %s (time %d within %d s)", text,
	    recent > REBIRTHS_MAX ? "stops the services"
				  : "goes on in a new program",
	    recent, REBIRTHS_WINDOW_MS / 1000);
	struct obituary *one = obituary_new(&init->obituaries, EVENT_CRASH);
	if (one == NULL)
		return;
	one->service = "cradle";
	one->pid = getpid();
	one->exit_signal = t->sig;
	one->uptime_ms = (clock_us() - init->born_us) / 1000;
	one->restart = r->count;
	one->restarts_max = REBIRTHS_MAX;
	one->window = recent;
	if (recent > REBIRTHS_MAX)
		one->next_ms = SERVICE_NO_NEXT_MS;
	(void)snprintf(one->reason, sizeof(one->reason), "%s", text);
}

/* ---- when nothing is left to go by ---- */

static bool
is_nobody(pid_t pid)
{
	(void)pid;
	return false;
}

/* True when no child is left. */
static bool
bury_until(int64_t deadline)
{
	sigset_t child;
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid == -1 && errno == ECHILD)
			return true;
		int64_t left = deadline - clock_ms();
		if (left <= 0)
			return false;
		const struct timespec wait = { left / 1000,
			left % 1000 * 1000000 };
		if (pid == 0)
			(void)sigtimedwait(&child, NULL, &wait);
	}
}

int
adopt_nothing(int err)
{
	/* nobody shall wait at a socket, or in a call, that we do not serve */
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
	log_error(err, "PID 1 failed and cannot go on from what it knew: "
		       "everything is stopped");
	tree_signal(SIGTERM, is_nobody);
	if (!bury_until(clock_ms() + FAREWELL_MS)) {
		tree_signal(SIGKILL, is_nobody);
		(void)bury_until(clock_ms() + 1000);
	}
	return EXITS_INTERNAL;
}
