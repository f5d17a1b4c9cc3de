#ifndef TESTS_UNIT_LETTERS_H
#define TESTS_UNIT_LETTERS_H

#include "core/guard_heap.h"
#include "notify/letter.h"
#include "notify/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cjson/cJSON.h>
#include <cmocka.h>

/* Reports as the role makes them, from a message; 2026-02-03 10:14:05 UTC. */
#define LETTERS_AT_NS INT64_C(1770113645123456789)

static const struct ident letters_ident = {
	.app = "cella",
	.environment = "prod",
	.version = "1.8.2",
	.host = "c0ffee12",
};

static inline struct wire_msg
letters_event(enum event_kind kind, const char *err)
{
	return (struct wire_msg){
		.type = WIRE_COURIER_EVENT,
		.field = {
		    [COURIER_EVENT_ID] = WIRE_NUM(1),
		    [COURIER_EVENT_KIND] = WIRE_NUM(kind),
		    [COURIER_EVENT_AT_NS] = WIRE_NUM(LETTERS_AT_NS),
		    [COURIER_EVENT_SERVICE] = WIRE_STR("api"),
		    [COURIER_EVENT_PID] = WIRE_NUM(4711),
		    [COURIER_EVENT_EXIT_CODE] = WIRE_NUM(1),
		    [COURIER_EVENT_UPTIME_MS] = WIRE_NUM(42000),
		    [COURIER_EVENT_RESTART] = WIRE_NUM(3),
		    [COURIER_EVENT_RESTARTS_MAX] = WIRE_NUM(10),
		    [COURIER_EVENT_WINDOW] = WIRE_NUM(3),
		    [COURIER_EVENT_NEXT_MS] = WIRE_NUM(8000),
		    [COURIER_EVENT_REASON] = WIRE_STR(""),
		    [COURIER_EVENT_OUT] = WIRE_STR(""),
		    [COURIER_EVENT_ERR] = WIRE_STR(err),
		},
	};
}

static inline struct report *
letters_report(const struct wire_msg *msg)
{
	struct redact *set = NULL;
	struct report *r = NULL;

	assert_int_equal(redact_new(&set), 0);
	assert_int_equal(report_new(msg, set, &r), 0);
	redact_free(set);
	return r;
}

/* What the sink would send for the letter; cJSON_Delete it. */
static inline cJSON *
letters_compose(const struct sink_type *type, const struct letter *l)
{
	autofree char *body = NULL;

	assert_int_equal(type->compose(l, &letters_ident, &body), 0);
	cJSON *json = cJSON_Parse(body);
	assert_non_null(json);
	return json;
}

static inline const char *
letters_text(const cJSON *object, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
	assert_non_null(s);
	return s;
}

static inline const struct sink_rule *
letters_judge(const struct sink_type *type, int status, char *body)
{
	const struct http_reply reply = {
		.class = http_class_of(status),
		.status = status,
		.body = body,
		.body_len = strlen(body),
	};
	return sink_judge(type, &reply);
}

#endif
