#include "core/httpmsg.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool
is_token_byte(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool
is_token(struct httpmsg_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_byte((unsigned char)text.ptr[i]))
			return false;
	return text.len > 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool
fits_in_head(unsigned char c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/* Whether the newline at data[i] ends a line without text. */
static bool
ends_empty_line(const char *data, size_t i)
{
	if (i >= 1 && data[i - 1] == '\n')
		return true;
	return i >= 2 && data[i - 1] == '\r' && data[i - 2] == '\n';
}

int
httpmsg_head(const char *data, size_t len, size_t from)
{
	for (size_t i = from; i < len; i++) {
		if (!fits_in_head((unsigned char)data[i]))
			return -EBADMSG;
		if (i >= 1 && data[i - 1] == '\r' && data[i] != '\n')
			return -EBADMSG;
		if (data[i] == '\n' && ends_empty_line(data, i))
			return (int)(i + 1);
	}
	return 0;
}

static bool
take_line(struct httpmsg_text *rest, struct httpmsg_text *ret)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
	if (end == NULL)
		return false;

	size_t len = (size_t)(end - rest->ptr);
	*ret = (struct httpmsg_text){ rest->ptr, len };
	rest->ptr += len + 1;
	rest->len -= len + 1;
	if (len > 0 && ret->ptr[len - 1] == '\r')
		ret->len--;
	return true;
}

/* What stands before the next space, which is dropped; all when there is none.
 */
static struct httpmsg_text
take_word(struct httpmsg_text *line)
{
	const char *space =
	    line->len ? memchr(line->ptr, ' ', line->len) : NULL;
	size_t len = space ? (size_t)(space - line->ptr) : line->len;
	struct httpmsg_text word = { line->ptr, len };
	size_t dropped = space ? len + 1 : len;
	line->ptr += dropped;
	line->len -= dropped;
	return word;
}

static int
parse_version(struct httpmsg_text word, int *ret_minor)
{
	if (word.len != 8 || memcmp(word.ptr, "HTTP/", 5) != 0 ||
	    !is_digit(word.ptr[5]) || word.ptr[6] != '.' ||
	    !is_digit(word.ptr[7]))
		return -EBADMSG;
	if (word.ptr[5] != '1')
		return -EPROTONOSUPPORT;
	*ret_minor = word.ptr[7] - '0';
	return 0;
}

static bool
is_visible(struct httpmsg_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	return text.len > 0;
}

static int
parse_request_line(struct httpmsg_text line, struct httpmsg *m)
{
	struct httpmsg_text method = take_word(&line);
	struct httpmsg_text target = take_word(&line);

	if (!is_token(method) || !is_visible(target))
		return -EBADMSG;
	m->method = method;
	m->target = target;
	return parse_version(line, &m->minor);
}

static struct httpmsg_text
trim(struct httpmsg_text text)
{
	while (text.len > 0 && is_space(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static int
parse_header(struct httpmsg_text line, struct httpmsg_header *ret)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	if (colon == NULL)
		return -EBADMSG;

	size_t len = (size_t)(colon - line.ptr);
	struct httpmsg_text name = { line.ptr, len };
	struct httpmsg_text value = { colon + 1, line.len - len - 1 };
	if (!is_token(name))
		return -EBADMSG;
	for (size_t i = 0; i < value.len; i++)
		if (!fits_in_head((unsigned char)value.ptr[i]) ||
		    value.ptr[i] == '\r')
			return -EBADMSG;
	*ret = (struct httpmsg_header){ name, trim(value) };
	return 0;
}

int
httpmsg_request(const char *head, size_t len, struct httpmsg *m)
{
	struct httpmsg_text rest = { head, len };
	struct httpmsg_text line;

	m->method = m->target = (struct httpmsg_text){ "", 0 };
	m->minor = 0;
	m->headers = 0;
	if (!take_line(&rest, &line))
		return -EBADMSG;
	int r = parse_request_line(line, m);
	if (r < 0)
		return r;
	while (take_line(&rest, &line)) {
		if (line.len == 0)
			return 0;
		if (m->headers == m->header_max)
			return -E2BIG;
		r = parse_header(line, &m->header[m->headers]);
		if (r < 0)
			return r;
		m->headers++;
	}
	return -EBADMSG;
}

int
httpmsg_status(const char *data, size_t len)
{
	struct httpmsg_text rest = { data, len };
	struct httpmsg_text line;
	int minor;

	if (!take_line(&rest, &line))
		return 0;
	if (parse_version(take_word(&line), &minor) < 0)
		return -EBADMSG;
	struct httpmsg_text code = take_word(&line);
	if (code.len != 3 || !is_digit(code.ptr[0]) || !is_digit(code.ptr[1]) ||
	    !is_digit(code.ptr[2]))
		return -EBADMSG;
	int status = (code.ptr[0] - '0') * 100 + (code.ptr[1] - '0') * 10 +
		     (code.ptr[2] - '0');
	return status >= 100 && status <= 599 ? status : -EBADMSG;
}

bool
httpmsg_is(struct httpmsg_text text, const char *word)
{
	return text.len == strlen(word) &&
	       (text.len == 0 || strncasecmp(text.ptr, word, text.len) == 0);
}

bool
httpmsg_next(struct httpmsg_text *rest, char by, struct httpmsg_text *ret)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->ptr, by, rest->len);
	size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
	*ret = trim((struct httpmsg_text){ rest->ptr, len });
	size_t dropped = end ? len + 1 : len;
	rest->ptr += dropped;
	rest->len -= dropped;
	return true;
}

size_t
httpmsg_count(
    const struct httpmsg *m, const char *name, struct httpmsg_text *ret_value)
{
	size_t count = 0;
	for (size_t i = 0; i < m->headers; i++) {
		if (!httpmsg_is(m->header[i].name, name))
			continue;
		if (count++ == 0)
			*ret_value = m->header[i].value;
	}
	return count;
}

bool
httpmsg_has_token(const struct httpmsg *m, const char *name, const char *token)
{
	for (size_t i = 0; i < m->headers; i++) {
		if (!httpmsg_is(m->header[i].name, name))
			continue;
		struct httpmsg_text rest = m->header[i].value;
		struct httpmsg_text word;
		while (httpmsg_next(&rest, ',', &word))
			if (httpmsg_is(word, token))
				return true;
	}
	return false;
}

static bool
is_number(struct httpmsg_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.ptr[i]))
			return false;
	return text.len > 0;
}

static bool
is_zero(struct httpmsg_text number)
{
	for (size_t i = 0; i < number.len; i++)
		if (number.ptr[i] != '0')
			return false;
	return true;
}

int
httpmsg_body(const struct httpmsg *m, bool *ret_has)
{
	struct httpmsg_text length;
	struct httpmsg_text coding;
	bool chunked = httpmsg_count(m, "transfer-encoding", &coding) > 0;
	size_t lengths = httpmsg_count(m, "content-length", &length);

	if (lengths > 1 || (chunked && lengths > 0))
		return -EBADMSG;
	if (lengths == 1 && !is_number(length))
		return -EBADMSG;
	*ret_has = chunked || (lengths == 1 && !is_zero(length));
	return 0;
}
