#ifndef SECRETS_PROVIDER_H
#define SECRETS_PROVIDER_H

#include "config/ref.h"
#include "remote/http.h"

#include <stdbool.h>
#include <stdint.h>

struct job;

/*
 * What PID 1 told this attempt, and what its providers share.  Texts are
 * heap.h's and never NULL after session_begin; "" is not set.
 */
struct session {
	char *api_url;
	char *region;
	char *project;
	char *key;
	char *key_file;
	char *ca_file;
	int64_t deadline_ms; /* as configured, for messages */
	int64_t deadline;    /* clock_ms */

	struct http_pool *pool; /* made by the first provider that needs it */
	char *auth;             /* scw: the header with the credential */
	int64_t requests;
	int64_t retries;
	int64_t given[REF_SCHEMES]; /* values handed out */
	bool told;                  /* that there is something to wait for */
};

/*
 * A place that secrets come from.  One source file each; fetch.c has the table
 * by enum ref_scheme.
 */
struct provider {
	/* Is what a names answered by the same request as what b names? */
	bool (*same)(const struct session *session, const struct ref *a,
	    const struct ref *b);
	/*
	 * Begin one try.  At once or from http_pool_turn it ends in exactly one
	 * of job_value, job_absent, job_miss and job_retry.
	 */
	void (*start)(struct job *job);
};

extern const struct provider scw_provider;
extern const struct provider file_provider;

#endif
