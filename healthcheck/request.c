#include "healthcheck/request.h"

#include "healthcheck/accepts.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define HEADERS_MAX 100

static void
cut_front(struct httpmsg_text *text, size_t len)
{
	text->ptr += len;
	text->len -= len;
}

/*
 * "/path?query", or "http://host/path?query", which every server must take.
 * What is neither has an empty path, and that is not found.
 */
static void
parse_target(struct httpmsg_text target, struct request *ret)
{
	static const char scheme[] = "http://";
	size_t len = strlen(scheme);

	if (target.len > len && strncasecmp(target.ptr, scheme, len) == 0) {
		cut_front(&target, len);
		while (target.len > 0 && strchr("/?", target.ptr[0]) == NULL)
			cut_front(&target, 1);
	}
	const char *mark = target.len ? memchr(target.ptr, '?', target.len) : 0;
	ret->path = target;
	if (mark != NULL) {
		ret->path.len = (size_t)(mark - target.ptr);
		ret->query.ptr = mark + 1;
		ret->query.len = target.len - ret->path.len - 1;
	}
}

static bool
stays_open(const struct httpmsg *m)
{
	if (httpmsg_has_token(m, "connection", "close"))
		return false;
	return m->minor > 0 || httpmsg_has_token(m, "connection", "keep-alive");
}

/* HTTP/1.1 must name its host exactly once (RFC 9112, 3.2). */
static bool
host_is_right(const struct httpmsg *m)
{
	struct httpmsg_text host;
	size_t hosts = httpmsg_count(m, "host", &host);
	return hosts == 1 || (hosts == 0 && m->minor == 0);
}

static bool
method_is(const struct httpmsg *m, const char *method)
{
	return m->method.len == strlen(method) &&
	       memcmp(m->method.ptr, method, m->method.len) == 0;
}

static int
refusal(int err)
{
	if (err == -E2BIG)
		return 431;
	return err == -EPROTONOSUPPORT ? 505 : 400;
}

static bool
wants_openmetrics(const struct httpmsg *m)
{
	struct httpmsg_text accept;
	return httpmsg_count(m, "accept", &accept) > 0 &&
	       accepts_openmetrics(accept);
}

int
request_parse(const char *head, size_t len, struct request *ret)
{
	struct httpmsg_header header[HEADERS_MAX];
	struct httpmsg m = { .header = header, .header_max = HEADERS_MAX };
	bool body = true;

	*ret = (struct request){ .path = { "", 0 }, .query = { "", 0 } };
	int r = httpmsg_request(head, len, &m);
	ret->head_only = method_is(&m, "HEAD");
	if (r == 0)
		r = httpmsg_body(&m, &body);
	ret->body = body;
	if (r < 0)
		return refusal(r);
	if (!host_is_right(&m))
		return 400;
	ret->old = m.minor == 0;
	ret->keep = stays_open(&m) && !body;
	if (!ret->head_only && !method_is(&m, "GET"))
		return 405;
	parse_target(m.target, ret);
	ret->openmetrics = wants_openmetrics(&m);
	return 0;
}
