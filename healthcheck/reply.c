#include "healthcheck/reply.h"

#include "core/clock.h"
#include "core/guard.h"

#include <time.h>

static char body[REPLY_BODY_MAX];

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *
phrase_of(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}

void
reply_begin(struct reply *r)
{
	r->status = 200;
	r->type = REPLY_PLAIN;
	r->more = "";
	buf_init(&r->body, body, sizeof(body));
}

void
reply_line(struct reply *r, int status, const char *line)
{
	reply_begin(r);
	r->status = status;
	if (status == 405)
		r->more = "Allow: GET, HEAD\r\n";
	buf_fmt(&r->body, "%s\n", line);
}

static void
add_date(struct buf *head)
{
	time_t seconds = (time_t)(clock_wall_ns() / 1000000000);
	struct tm utc;
	char text[40];
	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
	buf_fmt(head, "Date: %s\r\n", text);
}

void
reply_head(const struct reply *r, const struct request *to, struct buf *head)
{
	buf_fmt(head, "HTTP/1.1 %d %s\r\n", r->status, phrase_of(r->status));
	add_date(head);
	buf_fmt(head,
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n",
	    r->type, r->body.len);
	buf_str(head, r->more);
	if (!to->keep)
		buf_str(head, "Connection: close\r\n");
	else if (to->old)
		buf_str(head, "Connection: keep-alive\r\n");
	buf_str(head, "\r\n");
}
