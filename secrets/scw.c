#include "secrets/provider.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/log.h"
#include "secrets/job.h"
#include "secrets/scw_answer.h"
#include "secrets/scw_key.h"
#include "secrets/scw_url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * Parallel requests, each on a connection of its own until that is free for the
 * next one.  More of them save round trips but cost a TLS handshake's computing
 * each: twenty secrets take two round trips for the handshakes and three for
 * the requests.
 */
#define CONNECTIONS 8

#define REPLY_MAX (1024 * 1024)
#define CONNECT_MS 3000
#define TOTAL_MS 10000
#define TRIES_MAX 5

/*
 * A grant, and a secret that was just made, take a while to be known on every
 * instance of the vendor's.
 */
#define FORBIDDEN_MS 20000
#define MISSING_MS 10000

static bool
scw_same(
    const struct session *session, const struct ref *a, const struct ref *b)
{
	if (a->by_id != b->by_id || strcmp(a->name, b->name) != 0 ||
	    strcmp(a->revision, b->revision) != 0 ||
	    strcmp(scw_url_region(session, a), scw_url_region(session, b)) != 0)
		return false;
	return a->by_id || (strcmp(a->path, b->path) == 0 &&
			       strcmp(scw_url_project(session, a),
				   scw_url_project(session, b)) == 0);
}

static bool
have_pool(struct session *s, char *why, size_t size)
{
	if (s->pool != NULL)
		return true;
	int r = http_pool_new(&s->pool, CONNECTIONS, s->ca_file);
	if (r == 0)
		return true;
	(void)snprintf(why, size,
	    "no CA roots found: cannot read %.512s: %s (CRADLE_CA_FILE)",
	    s->ca_file[0] != '\0' ? s->ca_file : "any bundle", strerror(-r));
	return false;
}

/* "the secret manager answered 404 not_found, request id abc" */
static void
note_seen(struct job *job, const struct http_reply *reply,
    const struct scw_refusal *refusal)
{
	struct buf seen = BUF_ON(job->seen);

	job->seen[0] = '\0';
	job->seen_code = EXITS_UNAVAILABLE;
	if (reply->status == 0 || reply->class == HTTP_TRANSPORT) {
		buf_fmt(&seen, "cannot %s the secret manager: %.300s",
		    reply->class == HTTP_UNTRUSTED ? "trust" : "reach",
		    reply->why);
		return;
	}
	buf_fmt(&seen, "the secret manager answered %d", reply->status);
	if (refusal->type[0] != '\0')
		buf_fmt(&seen, " %s", refusal->type);
	if (refusal->reason[0] != '\0')
		buf_fmt(&seen, " (%s)", refusal->reason);
	if (reply->request_id[0] != '\0')
		buf_fmt(&seen, ", request id %.80s", reply->request_id);
}

static void
miss(struct job *job, int code, const char *hint)
{
	char why[1024];
	struct buf text = BUF_ON(why);

	why[0] = '\0';
	buf_str(&text, job->seen);
	if (job->tries > 1)
		buf_fmt(&text, ", %d tries", job->tries);
	if (hint != NULL)
		buf_fmt(&text, " (%s)", hint);
	job_miss(job, code, why);
}

/*
 * A wait that the server asks for is kept or not begun; one of our own choice
 * gives way to the deadline, so that the time left is used.
 */
static void
retry_or_miss(struct job *job, int64_t asked_ms)
{
	int64_t left = job->session->deadline - clock_ms();

	if (job->tries >= TRIES_MAX) {
		miss(job, EXITS_UNAVAILABLE, NULL);
		return;
	}
	int64_t wait = http_backoff_ms(job->tries, asked_ms);
	if (wait >= left && asked_ms > 0) {
		miss(job, EXITS_UNAVAILABLE,
		    "it asks for a wait that is longer than the deadline");
		return;
	}
	job_retry(job, wait < left ? wait : left / 2);
}

/* True when there will be another try within budget_ms of the first refusal. */
static bool
be_patient(struct job *job, int64_t budget_ms)
{
	int64_t now = clock_ms();

	if (job->patience_end == 0)
		job->patience_end = now + budget_ms;
	int64_t left = job->patience_end - now;
	if (left <= 0)
		return false;
	int64_t wait = http_backoff_ms(job->tries, -1);
	job_retry(job, wait < left ? wait : left);
	return true;
}

static void
take_missing(struct job *job)
{
	const struct session *s = job->session;
	const struct ref *ref = job_ref(job);
	const char *project = scw_url_project(s, ref);
	char why[1024];

	job->seen_code = EXITS_CONFIG;
	if (job_may_be_absent(job) || !be_patient(job, MISSING_MS)) {
		(void)snprintf(why, sizeof(why),
		    "%s (is the %s right? region %s%s%.64s)", job->seen,
		    ref->by_id ? "id" : "path", scw_url_region(s, ref),
		    ref->by_id ? "" : ", project ", ref->by_id ? "" : project);
		job_absent(job, why);
	}
}

static void
take_forbidden(struct job *job, const struct scw_refusal *refusal)
{
	job->seen_code = EXITS_DENIED;
	if (strcmp(refusal->type, "denied_authentication") == 0)
		miss(job, EXITS_DENIED, "is the secret key right?");
	else if (!be_patient(job, FORBIDDEN_MS))
		miss(job, EXITS_DENIED,
		    "does the key have SecretManagerSecretAccess in the "
		    "project?");
}

static void
lie(struct job *job, const char *what)
{
	(void)snprintf(job->seen, sizeof(job->seen), "%s", what);
	miss(job, EXITS_UNAVAILABLE, "is CRADLE_SCW_API_URL right?");
}

/* Gateways on the way answer too, with pages or nothing. */
static bool
is_json(const struct http_reply *reply)
{
	static const char type[] = "application/json";
	return strncasecmp(reply->content_type, type, strlen(type)) == 0;
}

static void
take_value(struct job *job, const struct http_reply *reply)
{
	__attribute__((
	    cleanup(scw_answer_free))) struct scw_answer answer = { 0 };
	char what[160];

	if (!is_json(reply)) {
		(void)snprintf(what, sizeof(what),
		    "the answer is %.60s, not JSON",
		    reply->content_type[0] != '\0' ? reply->content_type
						   : "of no type");
		lie(job, what);
		return;
	}
	const char *wrong =
	    reply->status == 200
		? scw_answer_read(reply->body, reply->body_len, &answer)
		: "the answer is a success without a secret";
	if (wrong != NULL) {
		lie(job, wrong);
		return;
	}
	if (answer.crc_differs)
		log_warn(0,
		    "%s: the checksum of %s is not the announced one (was it "
		    "stored whole?)",
		    job->wants->variable, job->wants->shown);
	log_debug("%s is revision %lld", job->wants->shown,
	    (long long)answer.revision);
	job_value(job, answer.data, answer.len);
}

static void
take_redirect(struct job *job, const struct http_reply *reply)
{
	char why[768];

	(void)snprintf(why, sizeof(why),
	    "the secret manager answered %d, a redirect to %.256s, which is "
	    "not followed",
	    reply->status,
	    reply->redirect_host[0] != '\0' ? reply->redirect_host : "nowhere");
	lie(job, why);
}

static void
take_permanent(struct job *job, const struct http_reply *reply,
    const struct scw_refusal *refusal)
{
	if (reply->status >= 200 && reply->status < 300)
		lie(job, reply->why);
	else if (strcmp(refusal->type, "transient_state") == 0)
		retry_or_miss(job, -1);
	else if (reply->status == 412)
		miss(job, EXITS_CONFIG, "is that version enabled?");
	else
		miss(job,
		    reply->status >= 500 ? EXITS_UNAVAILABLE : EXITS_CONFIG,
		    NULL);
}

static void
take_throttled(struct job *job, const struct http_reply *reply,
    const struct scw_refusal *refusal)
{
	int64_t asked = reply->retry_after_ms;

	if (asked == -1)
		asked = refusal->reset_ms;
	retry_or_miss(job, asked);
}

static void
take_reply(void *arg, struct http_reply *reply)
{
	struct job *job = arg;
	struct scw_refusal refusal = { .reset_ms = -1 };

	if (reply->class != HTTP_OK && is_json(reply))
		scw_answer_refusal(reply->body, reply->body_len, &refusal);
	note_seen(job, reply, &refusal);
	switch (reply->class) {
	case HTTP_OK:
		take_value(job, reply);
		break;
	case HTTP_TRANSPORT:
	case HTTP_SERVER:
		retry_or_miss(job, reply->retry_after_ms);
		break;
	case HTTP_THROTTLED:
		take_throttled(job, reply, &refusal);
		break;
	case HTTP_FORBIDDEN:
		take_forbidden(job, &refusal);
		break;
	case HTTP_MISSING:
		take_missing(job);
		break;
	case HTTP_AUTH:
		miss(job, EXITS_DENIED, "is the secret key right?");
		break;
	case HTTP_UNTRUSTED:
		miss(job, EXITS_UNAVAILABLE,
		    "CRADLE_CA_FILE names the roots to trust");
		break;
	case HTTP_REDIRECT:
		take_redirect(job, reply);
		break;
	case HTTP_PERMANENT:
	case HTTP_CLASSES:
		take_permanent(job, reply, &refusal);
		break;
	}
}

static void
scw_start(struct job *job)
{
	struct session *s = job->session;
	char url[6144], why[768];
	const char *refused;

	const char *wrong = scw_url_make(s, job_ref(job), url, sizeof(url));
	if (wrong != NULL) {
		job_miss(job, EXITS_CONFIG, wrong);
		return;
	}
	if (!scw_key_ready(s, why, sizeof(why)) ||
	    !have_pool(s, why, sizeof(why))) {
		job_miss(job, EXITS_CONFIG, why);
		return;
	}
	const char *const headers[] = { s->auth, "Accept: application/json",
		NULL };
	int left = clock_left(s->deadline);
	int r = http_pool_send(s->pool,
	    &(struct http_request){
		.method = "GET",
		.url = url,
		.headers = headers,
		.reply_max = REPLY_MAX,
		.connect_ms = CONNECT_MS,
		.total_ms = left > 0 && left < TOTAL_MS ? left : TOTAL_MS,
	    },
	    take_reply, job, &refused);
	if (r < 0) {
		(void)snprintf(why, sizeof(why),
		    "cannot ask the secret manager: %s (CRADLE_SCW_API_URL)",
		    refused);
		job_miss(job, EXITS_CONFIG, why);
		return;
	}
	s->requests++;
}

const struct provider scw_provider = { scw_same, scw_start };
