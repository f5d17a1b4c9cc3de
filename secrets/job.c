#include "secrets/job.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>

#define TRIES_SILENT 2

struct job *
job_new(
    struct session *session, const struct provider *provider, struct want *want)
{
	struct job *job = calloc(1, sizeof(*job));
	if (job == NULL)
		return NULL;
	job->session = session;
	job->provider = provider;
	job->wants = want;
	return job;
}

void
job_free(struct job *job)
{
	while (job->wants != NULL) {
		struct want *next = job->wants->next;
		free(job->wants);
		job->wants = next;
	}
	free(job);
}

const struct ref *
job_ref(const struct job *job)
{
	return &job->wants->ref;
}

bool
job_may_be_absent(const struct job *job)
{
	for (const struct want *w = job->wants; w != NULL; w = w->next)
		if (!want_may_be_absent(w))
			return false;
	return true;
}

void
job_start(struct job *job)
{
	job->state = JOB_ASKED;
	if (job->tries++ > 0)
		job->session->retries++;
	job->provider->start(job);
}

void
job_value(struct job *job, const char *data, size_t len)
{
	int64_t *given = &job->session->given[job_ref(job)->scheme];

	job->state = JOB_OVER;
	for (const struct want *w = job->wants; w != NULL; w = w->next)
		*given += want_give(w, data, len);
}

void
job_absent(struct job *job, const char *why)
{
	int64_t *given = &job->session->given[job_ref(job)->scheme];

	job->state = JOB_OVER;
	for (const struct want *w = job->wants; w != NULL; w = w->next)
		*given += want_absent(w, why);
}

void
job_miss(struct job *job, int code, const char *why)
{
	job->state = JOB_OVER;
	for (const struct want *w = job->wants; w != NULL; w = w->next)
		want_miss(w, code, why);
}

/*
 * Whoever waits for the boot is told what for, once it is no passing trouble;
 * one of them speaks for all.
 */
static void
say_what_holds_it_up(const struct job *job)
{
	struct session *s = job->session;

	if (s->told || job->tries < TRIES_SILENT || job->seen[0] == '\0')
		return;
	s->told = true;
	log_warn(0, "%s: cannot resolve %s yet: %s; it is asked again",
	    job->wants->variable, job->wants->shown, job->seen);
}

void
job_retry(struct job *job, int64_t wait_ms)
{
	say_what_holds_it_up(job);
	job->state = JOB_WAITING;
	job->at = clock_ms() + wait_ms;
}

void
job_expire(struct job *job)
{
	char why[1024];

	(void)snprintf(why, sizeof(why),
	    "not within the deadline of %lld ms, after %d %s: %s",
	    (long long)job->session->deadline_ms, job->tries,
	    job->tries == 1 ? "try" : "tries",
	    job->seen[0] != '\0' ? job->seen : "no answer yet");
	if (job->seen_code == EXITS_CONFIG)
		job_absent(job, why);
	else if (job->seen_code != 0)
		job_miss(job, job->seen_code, why);
	else
		job_miss(job, EXITS_UNAVAILABLE, why);
}
