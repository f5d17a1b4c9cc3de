#include "stage.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define PROJECT "0b7d0b9e-5a52-4d6f-8a53-3a40a1b8c702"

static char tls_base[64];
static char tls_folder[80];
static pid_t tls_owner;

static void
remove_tls(void)
{
	if (getpid() != tls_owner)
		return;
	char command[128];
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", tls_base);
	(void)!system(command);
}

const char *
stage_tls(void)
{
	if (tls_folder[0] != '\0')
		return tls_folder;
	strcpy(tls_base, "/tmp/cradle-ca-XXXXXX");
	assert_non_null(mkdtemp(tls_base));
	tls_owner = getpid();
	assert_int_equal(atexit(remove_tls), 0);
	(void)snprintf(tls_folder, sizeof(tls_folder), "%s/tls", tls_base);
	return tls_folder;
}

void
stage_env_begin(struct stage_env *env)
{
	*env = (struct stage_env){ .count = 0 };
	stage_env_add(env, "%s", ns_path());
}

void
stage_env_add(struct stage_env *env, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, sizeof(text) - 1);
	assert_true(env->count + 1 < sizeof(env->item) / sizeof(env->item[0]));
	env->item[env->count++] = scratch_text("%s", text);
}

struct fake *
stage_scaleway(const struct fake *slack, const char *more)
{
	char *settings = scratch_text(
	    "{\"tls\": \"%s\", \"key\": \"%s\", \"project\": \"%s\","
	    " \"secrets\": {"
	    "  \"/prod/cella/cookie-secret\": \"%s\","
	    "  \"/prod/cella/slack-webhook\": \"https://127.0.0.1:%d%s\","
	    "  \"/prod/cella/cockpit-token\": \"%s\","
	    "  \"/prod/cella/db\": {\"type\": \"database_credentials\","
	    "   \"id\": \"6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01\", \"json\":"
	    "   {\"user\": \"cella\", \"password\": \"canary-password-Zt81/&?"
	    "\\\"x\", \"port\": 5432}}}%s%s}",
	    stage_tls(), STAGE_KEY, PROJECT, STAGE_COOKIE,
	    slack == NULL ? 1 : slack->port, STAGE_SLACK_PATH, STAGE_LOKI_TOKEN,
	    more[0] == '\0' ? "" : ", ", more);

	return fake_start("scaleway.js", NS_LIST(settings));
}

void
stage_env_scaleway(struct stage_env *env, const struct fake *scaleway)
{
	stage_env_add(
	    env, "CRADLE_SCW_API_URL=https://127.0.0.1:%d", scaleway->port);
	stage_env_add(env, "CRADLE_SCW_SECRET_KEY=%s", STAGE_KEY);
	stage_env_add(env, "CRADLE_SCW_PROJECT_ID=%s", PROJECT);
	stage_env_add(env, "CRADLE_SCW_REGION=fr-par");
	stage_env_add(env, "CRADLE_CA_FILE=%s/ca.pem", stage_tls());
}

struct fake *
stage_slack(const char *more)
{
	char *settings = scratch_text("{\"tls\": \"%s\", \"path\": \"%s\"%s%s}",
	    stage_tls(), STAGE_SLACK_PATH, more[0] == '\0' ? "" : ", ", more);

	return fake_start("slack.js", NS_LIST(settings));
}

void
stage_env_slack(struct stage_env *env, const struct fake *slack)
{
	stage_env_add(env, "CRADLE_CA_FILE=%s/ca.pem", stage_tls());
	stage_env_add(env, "CRADLE_SLACK_WEBHOOK=https://127.0.0.1:%d%s",
	    slack->port, STAGE_SLACK_PATH);
}

struct fake *
stage_loki(const char *more)
{
	char *settings = scratch_text(
	    "{\"tls\": \"%s\", \"token\": \"%s\"%s%s}", stage_tls(),
	    STAGE_LOKI_TOKEN, more[0] == '\0' ? "" : ", ", more);

	return fake_start("loki.js", NS_LIST(settings));
}

void
stage_env_loki(struct stage_env *env, const struct fake *loki)
{
	stage_env_add(env,
	    "CRADLE_LOKI_URL=https://127.0.0.1:%d/loki/api/v1/push",
	    loki->port);
	stage_env_add(env, "CRADLE_COCKPIT_TOKEN=%s", STAGE_LOKI_TOKEN);
}
