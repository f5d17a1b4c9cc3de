#include "secrets/fetch.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/role.h"
#include "core/secret.h"
#include "remote/heap.h"
#include "secrets/job.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 30000 /* when PID 1 names none */

static const struct provider *const providers[] = {
	[REF_SCW] = &scw_provider,
	[REF_FILE] = &file_provider,
};
_Static_assert(ARRAY_LEN(providers) == REF_SCHEMES, "a provider per scheme");

struct fetch {
	struct session session;
	struct job *jobs;
	struct job **jobs_end;
	struct want *bad; /* references that mean nothing */
};

/* ---- setup ------------------------------------------------------------- */

static void
out_of_memory(void)
{
	role_fail(EXITS_UNAVAILABLE, "cannot fetch secrets: out of memory");
	exit(EXITS_UNAVAILABLE);
}

static char *
copy(const char *text)
{
	char *made = heap_copy(text);
	if (made == NULL)
		out_of_memory();
	return made;
}

static void
replace(char **field, const char *text)
{
	heap_free(*field);
	*field = copy(text);
}

static void
session_begin(struct session *s)
{
	*s = (struct session){
		.api_url = copy(""),
		.region = copy(""),
		.project = copy(""),
		.key = copy(""),
		.key_file = copy(""),
		.ca_file = copy(""),
		.deadline_ms = DEADLINE_MS,
	};
}

static void
session_end(struct session *s)
{
	http_pool_free(s->pool);
	heap_free(s->auth);
	heap_free(s->api_url);
	heap_free(s->region);
	heap_free(s->project);
	heap_free(s->key);
	heap_free(s->key_file);
	heap_free(s->ca_file);
}

static void
take_settings(struct session *s, const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;

	replace(&s->api_url, f[FETCH_SCW_API_URL].ptr);
	replace(&s->region, f[FETCH_SCW_REGION].ptr);
	replace(&s->project, f[FETCH_SCW_PROJECT].ptr);
	replace(&s->key, f[FETCH_SCW_KEY].ptr);
	replace(&s->key_file, f[FETCH_SCW_KEY_FILE].ptr);
	replace(&s->ca_file, f[FETCH_SCW_CA_FILE].ptr);
	s->deadline_ms = f[FETCH_SCW_DEADLINE_MS].num;
}

/* Wants go into one line until GO: the settings say which are alike. */
static void
take_want(struct want ***end, const struct wire_msg *msg)
{
	const struct wire_field *f = msg->field;
	struct want *want = want_new(f[FETCH_WANT_INDEX].num,
	    f[FETCH_WANT_VARIABLE].ptr, f[FETCH_WANT_REFERENCE].ptr);

	if (want == NULL)
		out_of_memory();
	**end = want;
	*end = &want->next;
}

/* False when the channel closed before GO. */
static bool
take_setup(struct session *session, struct want **ret_wants)
{
	struct want **end = ret_wants;
	struct wire_msg msg;

	while (role_recv(NEVER, &msg) == 1) {
		if (msg.type == WIRE_GO)
			return true;
		if (msg.type == WIRE_FETCH_SCW)
			take_settings(session, &msg);
		else if (msg.type == WIRE_FETCH_WANT)
			take_want(&end, &msg);
	}
	return false;
}

/* ---- who asks what ----------------------------------------------------- */

static struct job *
find_job(struct fetch *f, const struct ref *ref)
{
	for (struct job *job = f->jobs; job != NULL; job = job->next)
		if (job->provider == providers[ref->scheme] &&
		    job->provider->same(&f->session, job_ref(job), ref))
			return job;
	return NULL;
}

static void
place(struct fetch *f, struct want *want)
{
	if (want->bad[0] != '\0') {
		want->next = f->bad;
		f->bad = want;
		return;
	}
	struct job *job = find_job(f, &want->ref);
	if (job != NULL) {
		want->next = job->wants->next;
		job->wants->next = want;
		return;
	}
	want->next = NULL;
	job = job_new(&f->session, providers[want->ref.scheme], want);
	if (job == NULL)
		out_of_memory();
	*f->jobs_end = job;
	f->jobs_end = &job->next;
}

static void
place_all(struct fetch *f, struct want *wants)
{
	while (wants != NULL) {
		struct want *next = wants->next;
		place(f, wants);
		wants = next;
	}
}

static void
refuse_bad(struct fetch *f)
{
	while (f->bad != NULL) {
		struct want *next = f->bad->next;
		want_miss(f->bad, EXITS_CONFIG, f->bad->bad);
		free(f->bad);
		f->bad = next;
	}
}

/* ---- the work ---------------------------------------------------------- */

/* Begin what is due.  The next moment with something to do; NEVER: all over. */
static int64_t
start_due(struct fetch *f)
{
	int64_t now = clock_ms();
	int64_t next = NEVER;

	for (struct job *job = f->jobs; job != NULL; job = job->next) {
		if (job->state == JOB_WAITING && job->at <= now)
			job_start(job);
		if (job->state == JOB_WAITING && job->at < next)
			next = job->at;
		if (job->state == JOB_ASKED && f->session.deadline < next)
			next = f->session.deadline;
	}
	return next;
}

static void
expire(struct fetch *f)
{
	for (struct job *job = f->jobs; job != NULL; job = job->next)
		if (job->state != JOB_OVER)
			job_expire(job);
}

/* PID 1 says nothing after GO; an end of file is its order to end. */
static bool
still_wanted(void)
{
	struct wire_msg msg;
	return role_recv(clock_ms(), &msg) != 0;
}

/* False when the channel closed. */
static bool
work(struct fetch *f)
{
	struct session *s = &f->session;

	while (clock_ms() < s->deadline) {
		int64_t next = start_due(f);
		if (next == NEVER)
			return true;
		if (next > s->deadline)
			next = s->deadline;
		if (http_pool_turn(s->pool, next, role_channel()) &&
		    !still_wanted())
			return false;
	}
	expire(f);
	return true;
}

static void
say_done(const struct session *s)
{
	role_send(&(struct wire_msg){
	    .type = WIRE_FETCH_DONE,
	    .fd = -1,
	    .field = {
		[FETCH_DONE_SCW] = WIRE_NUM(s->given[REF_SCW]),
		[FETCH_DONE_FILES] = WIRE_NUM(s->given[REF_FILE]),
		[FETCH_DONE_REQUESTS] = WIRE_NUM(s->requests),
		[FETCH_DONE_RETRIES] = WIRE_NUM(s->retries),
	    },
	});
}

static void
fetch_all(struct fetch *f, struct want *wants)
{
	f->session.deadline = f->session.deadline_ms > NEVER - clock_ms()
				  ? NEVER
				  : clock_ms() + f->session.deadline_ms;
	role_jail(&(struct jail){
	    .give_up =
		JAIL_EXEC | JAIL_LISTEN | JAIL_WRITE | JAIL_ADMIN | JAIL_KILL,
	});
	place_all(f, wants);
	refuse_bad(f);
	if (work(f))
		say_done(&f->session);
}

static void
free_jobs(struct job *jobs)
{
	while (jobs != NULL) {
		struct job *next = jobs->next;
		job_free(jobs);
		jobs = next;
	}
}

int
fetch_main(void)
{
	struct fetch f = { .jobs_end = &f.jobs };
	struct want *wants = NULL;

	if (secret_setup() < 0)
		return EXITS_INTERNAL;
	cJSON_InitHooks(&(cJSON_Hooks){ heap_alloc, heap_free });
	session_begin(&f.session);
	if (take_setup(&f.session, &wants))
		fetch_all(&f, wants);
	session_end(&f.session);
	free_jobs(f.jobs);
	return EXITS_OK;
}
