#ifndef SECRETS_JOB_H
#define SECRETS_JOB_H

#include "secrets/provider.h"
#include "secrets/want.h"

/*
 * One question to one provider, and the wants that its answer serves, so that
 * all fields of a secret come from the same revision.
 *
 * WAITING until `at`, then ASKED while the provider works on it, back to
 * WAITING for another try, at last OVER: every want has been answered then.
 */
enum job_state { JOB_WAITING, JOB_ASKED, JOB_OVER };

struct job {
	struct job *next;
	struct session *session;
	const struct provider *provider;
	struct want *wants; /* at least one; all alike to the provider */

	enum job_state state;
	int64_t at;
	int tries;
	int64_t patience_end; /* provider's; 0: not begun */
	char seen[768];       /* what was seen last, for the deadline's line */
	int seen_code; /* EXITS_* if that is how it ends; 0: nothing seen */
};

/* A new job for want, which it owns.  NULL when out of memory. */
struct job *job_new(struct session *session, const struct provider *provider,
    struct want *want);
void job_free(struct job *job);

/* The reference to ask for. */
const struct ref *job_ref(const struct job *job);

/* Would it be fine for all of its wants if the secret did not exist? */
bool job_may_be_absent(const struct job *job);

/* Begin the try that is due. */
void job_start(struct job *job);

/* How a try ends; see struct provider.  code is EXITS_*. */
void job_value(struct job *job, const char *data, size_t len);
void job_absent(struct job *job, const char *why);
void job_miss(struct job *job, int code, const char *why);
void job_retry(struct job *job, int64_t wait_ms);

/*
 * The deadline is here: end as what was seen last would have it, a missing
 * secret as absent, and EXITS_UNAVAILABLE when nothing was seen.
 */
void job_expire(struct job *job);

#endif
