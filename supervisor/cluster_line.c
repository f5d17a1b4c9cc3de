#include "supervisor/cluster_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/pid1.h"

#define DEPTH_MAX 32
#define WORD_SIZE 32

/* What is left of the line. */
struct text {
	const char *at;
	const char *end;
};

struct span {
	const char *at;
	size_t len;
};

static void
skip_blanks(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

static bool
take(struct text *t, char c)
{
	skip_blanks(t);
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

/* A string with its quotes. */
static bool
skip_string(struct text *t)
{
	for (t->at++; t->at < t->end; t->at++) {
		if (*t->at == '\\')
			t->at++;
		else if (*t->at == '"')
			break;
	}
	if (t->at >= t->end)
		return false;
	t->at++;
	return true;
}

/* Brackets of both kinds count alike: Node wrote this, and does not lie about
   them; who else does is only hurting himself. */
static bool
skip_nest(struct text *t)
{
	int depth = 0;
	while (t->at < t->end) {
		char c = *t->at;
		if (c == '"') {
			if (!skip_string(t))
				return false;
			continue;
		}
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		t->at++;
		if (depth == 0)
			return true;
		if (depth > DEPTH_MAX)
			return false;
	}
	return false;
}

static bool
take_value(struct text *t, struct span *ret)
{
	bool ok = true;
	skip_blanks(t);
	ret->at = t->at;
	if (t->at == t->end)
		return false;
	if (*t->at == '"')
		ok = skip_string(t);
	else if (*t->at == '{' || *t->at == '[')
		ok = skip_nest(t);
	else
		while (t->at < t->end && strchr(",}] \t", *t->at) == NULL)
			t->at++;
	ret->len = (size_t)(t->at - ret->at);
	return ok && ret->len > 0;
}

static bool
is_text(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

/* "u00XX": the byte, or -1.  No address needs another character's escape. */
static int
byte_of(const char *at, const char *end)
{
	int byte = 0;
	if (end - at < 5 || memcmp(at, "u00", 3) != 0)
		return -1;
	for (int i = 3; i < 5; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, at[i] | 0x20);
		if (digit == NULL)
			return -1;
		byte = byte * 16 + (int)(digit - digits);
	}
	return byte < 0x80 ? byte : -1;
}

/* The length, without the NUL behind it; -1 when it does not fit. */
static long
string_of(struct span s, char *to, size_t size)
{
	size_t n = 0;
	const char *end = s.at + s.len - 1;
	if (s.len < 2 || s.at[0] != '"')
		return -1;
	for (const char *at = s.at + 1; at < end; at++) {
		int c = (unsigned char)*at;
		if (c == '\\' && at[1] == 'u') {
			c = byte_of(at + 1, end);
			at += 5;
		} else if (c == '\\') {
			c = (unsigned char)*++at;
			if (strchr("\"\\/", c) == NULL)
				return -1;
		}
		if (c == -1 || n + 1 >= size)
			return -1;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	return (long)n;
}

static void
set_address(struct cluster_line *l, struct span value)
{
	long len = string_of(value, l->address, sizeof(l->address));
	l->bad |= len == -1;
	l->address_len = len == -1 ? 0 : (size_t)len;
}

static int64_t
number_of(struct span s, int64_t otherwise)
{
	char digits[24];
	char *end;
	if (s.len >= sizeof(digits))
		return otherwise;
	memcpy(digits, s.at, s.len);
	digits[s.len] = '\0';
	long long n = strtoll(digits, &end, 10);
	return *end == '\0' && end != digits ? n : otherwise;
}

static void
set_act(struct cluster_line *l, struct span value)
{
	if (is_text(value, "\"queryServer\""))
		l->act = CLUSTER_QUERY;
	else if (is_text(value, "\"listening\""))
		l->act = CLUSTER_LISTENING;
	else if (is_text(value, "\"exitedAfterDisconnect\""))
		l->act = CLUSTER_LEAVES;
}

static void
set_kind(struct cluster_line *l, struct span value)
{
	l->v6 = is_text(value, "6") || is_text(value, "\"udp6\"");
	if (is_text(value, "-1"))
		l->kind = CLUSTER_UNIX;
	else if (is_text(value, "\"udp4\"") || is_text(value, "\"udp6\""))
		l->kind = CLUSTER_UDP;
}

static void
set_data(struct cluster_line *l, struct span value)
{
	l->bad |= value.len > sizeof(l->data);
	if (l->bad)
		return;
	memcpy(l->data, value.at, value.len);
	l->data_len = value.len;
}

static void
set_member(struct cluster_line *l, const char *name, struct span value)
{
	if (strcmp(name, "act") == 0)
		set_act(l, value);
	else if (strcmp(name, "seq") == 0)
		l->seq = number_of(value, -1);
	else if (strcmp(name, "port") == 0)
		l->port = number_of(value, 0);
	else if (strcmp(name, "fd") == 0)
		l->fd = number_of(value, -1);
	else if (strcmp(name, "flags") == 0)
		l->flags = number_of(value, 0);
	else if (strcmp(name, "addressType") == 0)
		set_kind(l, value);
	else if (strcmp(name, "data") == 0)
		set_data(l, value);
	else if (strcmp(name, "address") == 0 && !is_text(value, "null"))
		set_address(l, value);
}

static bool
read_members(struct text *t, struct cluster_line *l)
{
	bool cluster = false;
	do {
		char name[WORD_SIZE];
		struct span key, value;
		if (!take_value(t, &key) || !take(t, ':') ||
		    !take_value(t, &value))
			return false;
		if (string_of(key, name, sizeof(name)) == -1)
			continue;
		if (strcmp(name, "cmd") == 0)
			cluster = is_text(value, "\"NODE_CLUSTER\"");
		else
			set_member(l, name, value);
	} while (take(t, ','));
	return cluster && take(t, '}');
}

void
cluster_line_read(const char *line, size_t len, struct cluster_line *ret)
{
	struct text t = { line, line + len };

	*ret = (struct cluster_line){ .seq = -1, .fd = -1 };
	if (!take(&t, '{') || !read_members(&t, ret) || ret->seq < 0)
		ret->act = CLUSTER_OTHER;
}

size_t
cluster_line_reply(char to[CLUSTER_REPLY_SIZE],
    const struct cluster_line *question, const char *type, int err)
{
	const char *data = question->data_len > 0 ? question->data : "null";
	int data_len = question->data_len > 0 ? (int)question->data_len
					      : (int)strlen(data);
	long long seq = question->seq;
	int n;

	if (err > 0)
		n = snprintf(to, CLUSTER_REPLY_SIZE,
		    "{\"cmd\":\"NODE_CLUSTER\",\"ack\":%lld}\n", seq);
	else
		n = snprintf(to, CLUSTER_REPLY_SIZE,
		    "%s%s%s{\"cmd\":\"NODE_CLUSTER\",\"errno\":%d,"
		    "\"key\":\"%lld\",\"ack\":%lld,\"data\":%.*s}%s\n",
		    type ? "{\"cmd\":\"NODE_HANDLE\",\"type\":\"" : "",
		    type ? type : "", type ? "\",\"msg\":" : "", err, seq, seq,
		    data_len, data, type ? "}" : "");
	return n > 0 && n < CLUSTER_REPLY_SIZE ? (size_t)n : 0;
}
