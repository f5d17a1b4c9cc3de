#ifndef CORE_HTTPMSG_H
#define CORE_HTTPMSG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * HTTP/1.x messages as text (RFC 9112): what a small server needs of a request
 * and a probe of an answer.  No heap and no state; every text points into the
 * caller's bytes.  Lines end with CRLF or LF; a bare CR, a control byte, a
 * folded line or a space before a colon makes a message malformed.
 */

struct httpmsg_text {
	const char *ptr;
	size_t len;
};

struct httpmsg_header {
	struct httpmsg_text name;
	struct httpmsg_text value; /* without the spaces around it */
};

struct httpmsg {
	struct httpmsg_text method;
	struct httpmsg_text target;
	int minor;                     /* HTTP/1.minor */
	struct httpmsg_header *header; /* the caller's array ... */
	size_t header_max;             /* ... its size ... */
	size_t headers;                /* ... and how many are used */
};

/*
 * The length of the head that data begins with, its blank line included; 0 when
 * the end has not come yet; -EBADMSG as soon as a byte cannot be in a head.
 * from: how many of these bytes an earlier call has seen already.
 */
int httpmsg_head(const char *data, size_t len, size_t from);

/*
 * Take a request's head apart; header and header_max are set by the caller.
 * 0; -EBADMSG: malformed; -E2BIG: more than header_max lines;
 * -EPROTONOSUPPORT: well-formed, but not HTTP/1.x.  After a failure method and
 * target hold what was understood, or are empty.
 */
int httpmsg_request(const char *head, size_t len, struct httpmsg *m);

/*
 * The status (100 to 599) of the answer that data begins with; 0 when its first
 * line is not complete; -EBADMSG.
 */
int httpmsg_status(const char *data, size_t len);

/* How many headers of this name there are; the first one's value if any. */
size_t httpmsg_count(
    const struct httpmsg *m, const char *name, struct httpmsg_text *ret_value);

/* Whether a comma-separated header such as Connection holds this word. */
bool httpmsg_has_token(
    const struct httpmsg *m, const char *name, const char *token);

/*
 * Whether bytes of a body follow the head.  -EBADMSG when Content-Length is no
 * number, contradicts itself, or comes together with Transfer-Encoding.
 */
int httpmsg_body(const struct httpmsg *m, bool *ret_has);

/* Compare without regard to ASCII case. */
bool httpmsg_is(struct httpmsg_text text, const char *word);

/* Cut the next part off a list: up to `by`, spaces and tabs around it gone. */
bool httpmsg_next(struct httpmsg_text *rest, char by, struct httpmsg_text *ret);

#endif
