#ifndef HEALTHCHECK_FACTS_H
#define HEALTHCHECK_FACTS_H

#include "config/plan.h"
#include "core/histogram.h"
#include "core/wire.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What PID 1 says about itself, asked for when somebody wants to know and never
 * otherwise.  One question at a time serves everybody who waits; a complete
 * answer is good for FACTS_FRESH_MS.  A question that is not answered in full
 * within FACTS_LATE_MS has failed, and what comes for it later is ignored.
 *
 * num[] is indexed by core/wire_types.h's HEALTH_STATE_*, HEALTH_SERVICE_* ...
 */

#define FACTS_FRESH_MS 100
#define FACTS_LATE_MS 250
#define FACTS_ROLES_MAX 16

struct facts_service {
	char name[WIRE_NAME_MAX + 1];
	char phase[WIRE_NAME_MAX + 1];
	char said[WIRE_NAME_MAX + 1];
	int64_t num[HEALTH_SERVICE_FIELDS];
	struct histogram restart; /* death to exec */
	struct histogram outage;  /* death to accepting again */
};

struct facts_role {
	char name[WIRE_NAME_MAX + 1];
	int64_t num[HEALTH_ROLE_FIELDS];
};

struct facts_sink {
	int64_t num[HEALTH_SINK_FIELDS];
};

struct facts {
	char app[WIRE_NAME_MAX + 1];
	char environment[WIRE_NAME_MAX + 1];
	char version[WIRE_NAME_MAX + 1];
	char step[WIRE_NAME_MAX + 1];
	int64_t num[HEALTH_STATE_FIELDS];
	struct facts_service service[PLAN_SERVICES_MAX];
	size_t services;
	struct facts_role role[FACTS_ROLES_MAX];
	size_t roles;
	struct facts_sink sink[SINK_COUNT];
	size_t sinks;
	bool stated; /* HEALTH_STATE has come */
};

/* What is known and fresh at that time, or NULL: then ask. */
const struct facts *facts_at(int64_t now);

/*
 * Put the question to PID 1, unless one is open.  Never blocks: a channel that
 * is full is a PID 1 that does not answer.
 */
void facts_ask(int64_t now);

/* A message of the answer.  True: it completed the answer that we wait for. */
bool facts_take(const struct wire_msg *msg, int64_t now);

/* When the open question fails; NEVER when none is open. */
int64_t facts_deadline(void);

/* True, once, when the open question has failed by that time. */
bool facts_failed(int64_t now);

#endif
