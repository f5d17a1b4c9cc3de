#include "supervisor/report.h"

#include "core/clock.h"
#include "core/signame.h"
#include "supervisor/init.h"

#include <stdio.h>
#include <sys/wait.h>

#include "supervisor/pid1.h"

static void
fill_obituary(const struct service *s, struct obituary *one)
{
	const struct death *d = &s->death;

	one->service = s->plan->shown;
	one->pid = s->pid;
	one->exit_code = WIFEXITED(d->status) ? WEXITSTATUS(d->status) : 0;
	one->exit_signal = WIFSIGNALED(d->status) ? WTERMSIG(d->status) : 0;
	one->core = WIFSIGNALED(d->status) && WCOREDUMP(d->status);
	one->oom = d->oom;
	one->exec_errno = d->exec_errno;
	one->uptime_ms = d->uptime_ms;
	one->restart = s->starts;
	one->restarts_max = s->plan->window_count;
	one->next_ms = s->next_ms;
	one->peak_bytes = d->peak_bytes;
	one->cpu_ms = d->cpu_ms;
}

void
report_death(struct service *s, enum event_kind kind, int window)
{
	struct obituary *one = obituary_new(&s->init->obituaries, kind);
	if (one == NULL)
		return;
	fill_obituary(s, one);
	one->window = window;
	bool replaced = kind == EVENT_UNRESPONSIVE || kind == EVENT_MEMORY;
	if (replaced)
		(void)snprintf(
		    one->reason, sizeof(one->reason), "%s", s->down_why);
	if ((kind == EVENT_CRASH || replaced) && s->init->streams.on)
		obituary_want_tail(one, s->index, s->init->streams.last_id);
}

void
report_describe(const struct death *d, char *text, size_t size)
{
	if (d->exec_errno != 0)
		(void)snprintf(text, size, "could not be started");
	else if (d->oom && WIFSIGNALED(d->status))
		(void)snprintf(
		    text, size, "was killed by the kernel: out of memory");
	else if (d->oom)
		(void)snprintf(text, size,
		    "exited with code %d: the kernel killed a process of it, "
		    "out of memory",
		    WEXITSTATUS(d->status));
	else if (WIFSIGNALED(d->status))
		(void)snprintf(
		    text, size, "died of %s", signame(WTERMSIG(d->status)));
	else
		(void)snprintf(
		    text, size, "exited with code %d", WEXITSTATUS(d->status));
}

void
report_recovery(struct service *s)
{
	struct obituary *one =
	    obituary_new(&s->init->obituaries, EVENT_RECOVERED);
	if (one == NULL)
		return;
	one->service = s->plan->shown;
	one->pid = s->pid;
	one->uptime_ms = (clock_us() - s->born_us) / 1000;
	one->restart = s->starts - 1;
	one->outage_ms = s->outage_ms;
}

void
report_reload(struct service *s, enum event_kind kind, const char *why)
{
	struct obituary *one = obituary_new(&s->init->obituaries, kind);
	if (one == NULL)
		return;
	one->service = s->plan->name;
	one->pid = s->pid;
	one->uptime_ms = (clock_us() - s->born_us) / 1000;
	one->restart = s->starts;
	(void)snprintf(one->reason, sizeof(one->reason), "%s", why);
}
