#include "healthcheck/routes.h"

#include "core/guard.h"
#include "healthcheck/metrics.h"
#include "healthcheck/page.h"
#include "healthcheck/statusjson.h"
#include "healthcheck/verdict.h"

#include <stdio.h>
#include <string.h>

static void
answer_status(struct reply *r, const struct facts *f, struct query *q)
{
	(void)q;
	statusjson_render(r, f);
}

static void
answer_page(struct reply *r, const struct facts *f, struct query *q)
{
	(void)q;
	page_render(r, f);
}

static void
answer_metrics(struct reply *r, const struct facts *f, struct query *q)
{
	(void)q;
	metrics_render(r, f, false);
}

static void
answer_openmetrics(struct reply *r, const struct facts *f, struct query *q)
{
	(void)q;
	metrics_render(r, f, true);
}

enum kind { VERDICT, FACTS, METRICS };

struct route {
	const char *path;
	enum kind kind;
	void (*answer)(struct reply *, const struct facts *, struct query *);
};

static const struct route routes[] = {
	{ "/livez", VERDICT, verdict_live },
	{ "/readyz", VERDICT, verdict_ready },
	{ "/startupz", VERDICT, verdict_started },
	{ "/healthz", VERDICT, verdict_summary },
	{ "/status", FACTS, answer_status },
	{ "/metrics", METRICS, answer_metrics },
	{ "/", FACTS, answer_page },
};

static const struct route *
find(const struct request *q)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (q->path.len == strlen(routes[i].path) &&
		    memcmp(q->path.ptr, routes[i].path, q->path.len) == 0)
			return &routes[i];
	return NULL;
}

bool
routes_known(const struct request *q)
{
	return find(q) != NULL;
}

static void
unanswered(const struct route *route, struct reply *ret)
{
	char line[64];
	(void)snprintf(line, sizeof(line), "PID 1 did not answer within %d ms",
	    FACTS_LATE_MS);
	if (route->kind == VERDICT)
		verdict_unanswered(ret, route->path + 1);
	else
		reply_line(ret, 503, line);
}

void
routes_answer(const struct request *q, const struct facts *f, struct reply *ret)
{
	const struct route *route = find(q);
	struct query query = { .excludes = 0 };

	if (route == NULL) {
		reply_line(ret, 404, "There is nothing here; / has links");
		return;
	}
	if (f == NULL) {
		unanswered(route, ret);
		return;
	}
	if (route->kind == VERDICT && !query_parse(q->query, &query)) {
		reply_line(ret, 400, "Too many excludes, or too long a name");
		return;
	}
	if (route->kind == METRICS && q->openmetrics)
		answer_openmetrics(ret, f, &query);
	else
		route->answer(ret, f, &query);
	if (ret->body.cut)
		reply_line(ret, 500, "The answer is too long");
}

static const struct {
	int status;
	const char *line;
} refusals[] = {
	{ 400, "That is not an HTTP request" },
	{ 405, "Only GET and HEAD mean anything here" },
	{ 408, "The request did not come in time" },
	{ 431, "The header block is too large" },
	{ 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here" },
};

void
routes_refuse(int status, struct reply *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (refusals[i].status == status)
			reply_line(ret, status, refusals[i].line);
}
