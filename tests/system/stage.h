#ifndef TESTS_SYSTEM_STAGE_H
#define TESTS_SYSTEM_STAGE_H

#include "fake.h"
#include "ns.h"

/*
 * What the system tests have on their stage: the environment of a container,
 * and the fakes with what they hold.
 */

/* Values that must never be seen outside of the app. */
#define STAGE_KEY "11111111-2222-4333-8444-555555555555"
#define STAGE_COOKIE "canary-cookie-6Kq2vXw9"
#define STAGE_PASSWORD_STEM "canary-password-Zt81" /* the same when escaped */
#define STAGE_PASSWORD STAGE_PASSWORD_STEM "/&?\"x"
#define STAGE_LOKI_TOKEN "canary-loki-token-44c1"
#define STAGE_SLACK_PATH "/services/T0000/B0000/canaryslack8842"

struct stage_env {
	char *item[48]; /* NULL-terminated, as ns_options wants it */
	size_t count;
};

/* An environment that holds PATH alone, and one more variable of it. */
void stage_env_begin(struct stage_env *env);
void stage_env_add(struct stage_env *env, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A folder with the test CA and its certificates, made once per program. */
const char *stage_tls(void);

/*
 * Scaleway's Secret Manager with prod/cella/cookie-secret, prod/cella/db (JSON
 * with user, password and port), prod/cella/slack-webhook (the URL of slack,
 * which may be NULL) and prod/cella/cockpit-token.  more: further settings of
 * the fake, as the inside of a JSON object, or "".
 */
struct fake *stage_scaleway(const struct fake *slack, const char *more);

/* The variables with which cradle finds it and may ask it. */
void stage_env_scaleway(struct stage_env *env, const struct fake *scaleway);

/* Slack's incoming webhook at STAGE_SLACK_PATH, and its variable. */
struct fake *stage_slack(const char *more);
void stage_env_slack(struct stage_env *env, const struct fake *slack);

/* Loki's push endpoint that wants STAGE_LOKI_TOKEN, and its variables. */
struct fake *stage_loki(const char *more);
void stage_env_loki(struct stage_env *env, const struct fake *loki);

#endif
