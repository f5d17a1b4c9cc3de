#include "healthcheck/query.h"

#include "core/hex.h"

#include <string.h>

/* One byte of a percent-encoded text; what is no escape stands for itself. */
static char
take_byte(struct httpmsg_text *text)
{
	char c = text->ptr[0];
	int high = text->len > 2 ? hex_value(text->ptr[1]) : -1;
	int low = text->len > 2 ? hex_value(text->ptr[2]) : -1;
	size_t used = 1;

	if (c == '+') {
		c = ' ';
	} else if (c == '%' && high >= 0 && low >= 0) {
		c = (char)(high * 16 + low);
		used = 3;
	}
	text->ptr += used;
	text->len -= used;
	return c;
}

static bool
decode(struct httpmsg_text text, char to[QUERY_NAME_MAX + 1])
{
	size_t len = 0;
	while (text.len > 0) {
		if (len == QUERY_NAME_MAX)
			return false;
		char c = take_byte(&text);
		to[len++] = (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
	}
	to[len] = '\0';
	return true;
}

static bool
take_pair(struct httpmsg_text pair, struct query *q)
{
	struct httpmsg_text key;
	if (!httpmsg_next(&pair, '=', &key))
		return true;
	if (httpmsg_is(key, "verbose"))
		q->verbose = true;
	if (!httpmsg_is(key, "exclude") || pair.len == 0)
		return true;
	return q->excludes < QUERY_EXCLUDES_MAX &&
	       decode(pair, q->exclude[q->excludes++]);
}

bool
query_parse(struct httpmsg_text text, struct query *ret)
{
	struct httpmsg_text pair;

	ret->verbose = false;
	ret->excludes = 0;
	memset(ret->matched, 0, sizeof(ret->matched));
	while (httpmsg_next(&text, '&', &pair))
		if (!take_pair(pair, ret))
			return false;
	return true;
}

bool
query_excludes(struct query *q, const char *name)
{
	bool found = false;
	for (size_t i = 0; i < q->excludes; i++)
		if (strcmp(q->exclude[i], name) == 0)
			found = q->matched[i] = true;
	return found;
}
