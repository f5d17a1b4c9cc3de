#include "secrets/want.h"

#include "core/buf.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/role.h"
#include "core/secret.h"
#include "remote/heap.h"
#include "secrets/field.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that a terminal or a log would obey do not get there. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '.';
}

struct want *
want_new(int64_t index, const char *variable, const char *text)
{
	char why[200] = "is no secret reference";
	struct want *want = calloc(1, sizeof(*want));
	if (want == NULL)
		return NULL;
	want->index = index;
	(void)snprintf(want->variable, sizeof(want->variable), "%s", variable);
	make_printable(want->variable);
	ref_show(text, want->shown, sizeof(want->shown));
	make_printable(want->shown);
	if (ref_parse(text, &want->ref, why, sizeof(why)) < 0)
		(void)snprintf(want->bad, sizeof(want->bad), "it %s", why);
	make_printable(want->bad);
	return want;
}

bool
want_may_be_absent(const struct want *want)
{
	return want->ref.optional || want->ref.has_fallback;
}

static bool
send_value(const struct want *want, const char *data, size_t len)
{
	role_send(&(struct wire_msg){
	    .type = WIRE_FETCH_VALUE,
	    .fd = -1,
	    .field = {
		[FETCH_VALUE_INDEX] = WIRE_NUM(want->index),
		[FETCH_VALUE_VALUE] = WIRE_BIN(data, len),
	    },
	});
	return true;
}

static void
send_miss(const struct want *want, bool absent, int code, const char *reason)
{
	role_send(&(struct wire_msg){
	    .type = WIRE_FETCH_MISS,
	    .fd = -1,
	    .field = {
		[FETCH_MISS_INDEX] = WIRE_NUM(want->index),
		[FETCH_MISS_ABSENT] = WIRE_NUM(absent),
		[FETCH_MISS_CODE] = WIRE_NUM(code),
		[FETCH_MISS_REASON] = WIRE_STR(reason),
	    },
	});
}

void
want_miss(const struct want *want, int code, const char *why)
{
	char memory[WIRE_TEXT_MAX];
	struct buf reason = BUF_ON(memory);

	memory[0] = '\0';
	buf_fmt(&reason, "%s: cannot resolve %s: %s", want->variable,
	    want->shown, why);
	send_miss(want, false, code, memory);
}

bool
want_absent(const struct want *want, const char *why)
{
	if (want->ref.has_fallback)
		return send_value(
		    want, want->ref.fallback, strlen(want->ref.fallback));
	if (want->ref.optional)
		send_miss(want, true, EXITS_OK, "");
	else
		want_miss(want, EXITS_CONFIG, why);
	return false;
}

static void
trim(struct field *value)
{
	while (value->len > 0 && (value->data[value->len - 1] == '\n' ||
				     value->data[value->len - 1] == '\r'))
		value->len--;
	value->data[value->len] = '\0';
}

/* ?encoding=base64, padded or not, its lines broken or not. */
static bool
decode(struct field *value)
{
	static const int variants[] = {
		sodium_base64_VARIANT_ORIGINAL,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
	};
	autoheap char *plain = heap_alloc(value->len + 1);
	size_t len;

	for (size_t i = 0; plain != NULL && i < ARRAY_LEN(variants); i++) {
		if (sodium_base642bin((unsigned char *)plain, value->len,
			value->data, value->len, " \r\n", &len, NULL,
			variants[i]) != 0)
			continue;
		field_free(value);
		*value = (struct field){ TAKE_PTR(plain), len };
		value->data[len] = '\0';
		return true;
	}
	return false;
}

/* Why this cannot be the variable's value, or NULL. */
static const char *
refuse(const struct want *want, const struct field *value)
{
	if (value->len > WIRE_SECRET_MAX)
		return "the value is larger than 64 KiB";
	if (memchr(value->data, '\0', value->len) != NULL)
		return "the value holds a NUL byte and cannot be an "
		       "environment variable (encode it)";
	if (value->len == 0 && !want->ref.allow_empty)
		return "the value is empty (?allow_empty accepts that)";
	return NULL;
}

static bool
finish(const struct want *want, struct field *value)
{
	if (want->ref.base64 && !decode(value)) {
		want_miss(want, EXITS_CONFIG,
		    "the value is not base64, as ?encoding=base64 says");
		return false;
	}
	if (want->ref.trim)
		trim(value);
	const char *why = refuse(want, value);
	if (why != NULL) {
		want_miss(want, EXITS_CONFIG, why);
		return false;
	}
	return send_value(want, value->data, value->len);
}

bool
want_give(const struct want *want, const char *data, size_t len)
{
	__attribute__((cleanup(field_free))) struct field value = { 0 };
	char name[128], why[512];

	enum field_result r = field_cut(data, len, want->ref.field, &value);
	if (r == FIELD_FOUND)
		return finish(want, &value);
	(void)snprintf(name, sizeof(name), "%.100s", want->ref.field);
	make_printable(name);
	field_explain(r, name, why, sizeof(why));
	if (r == FIELD_MISSING || r == FIELD_NULL)
		return want_absent(want, why);
	want_miss(
	    want, r == FIELD_NO_MEMORY ? EXITS_UNAVAILABLE : EXITS_CONFIG, why);
	return false;
}
