#include "config/ref_options.h"

#include "core/hex.h"
#include "core/guard.h"
#include "core/utf8.h"

#include <stddef.h>
#include <string.h>

enum take {
	FLAG, /* stands alone */
	TEXT, /* =VALUE into an array */
	FALLBACK,
	ENCODING,
	LATER,
};

static const struct option {
	const char *name;
	enum take take;
	size_t offset;
	size_t size;
} options[] = {
	{ "optional", FLAG, offsetof(struct ref, optional), 0 },
	{ "allow_empty", FLAG, offsetof(struct ref, allow_empty), 0 },
	{ "trim", FLAG, offsetof(struct ref, trim), 0 },
	{ "region", TEXT, offsetof(struct ref, region),
	    sizeof(((struct ref *)0)->region) },
	{ "project", TEXT, offsetof(struct ref, project),
	    sizeof(((struct ref *)0)->project) },
	{ "default", FALLBACK, offsetof(struct ref, fallback),
	    sizeof(((struct ref *)0)->fallback) },
	{ "encoding", ENCODING, 0, 0 },
	{ "as", LATER, 0, 0 },
	{ "mode", LATER, 0, 0 },
	{ "provider", LATER, 0, 0 },
};

const char *
ref_options_check(const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x20 || c == 0x7f)
			return "has a control character";
		n = utf8_len(text + i, len - i);
		if (n == 0)
			return "is not UTF-8";
	}
	return NULL;
}

const char *
ref_options_decode(const char *text, size_t len, char *ret, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '%') {
			int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
			int low = i + 2 < len ? hex_value(text[i + 2]) : -1;
			if (high == -1 || low == -1)
				return "has a % without two hexadecimal digits";
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (used + 1 >= size)
			return "has a part that is too long";
		ret[used++] = c;
	}
	ret[used] = '\0';
	return ref_options_check(ret, used);
}

/* Letters, digits and dashes: what may go into a URL as it is. */
static bool
is_plain(const char *text)
{
	return text[0] != '\0' &&
	       text[strspn(text,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789-")] == '\0';
}

/* value NULL: the option stood without "=". */
static const char *
take(const struct option *o, const char *value, size_t len, struct ref *ref)
{
	char *field = (char *)ref + o->offset;
	const char *why;

	switch (o->take) {
	case FLAG:
		*(bool *)field = true;
		return value == NULL
			   ? NULL
			   : "has a value for an option that takes none";
	case LATER:
		return "has an option that is not supported by this version "
		       "(as=, mode=, provider=)";
	case ENCODING:
		ref->base64 = true;
		return value != NULL && len == 6 &&
			       memcmp(value, "base64", 6) == 0
			   ? NULL
			   : "has an encoding other than base64";
	case FALLBACK:
	case TEXT:
		if (value == NULL)
			return "has an option without its =value";
		why = ref_options_decode(value, len, field, o->size);
		if (why == NULL && o->take == TEXT && !is_plain(field))
			why = "has a region or project with other characters "
			      "than letters, digits and dashes";
		ref->has_fallback |= o->take == FALLBACK;
		return why;
	}
	return NULL;
}

static const struct option *
find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strlen(options[i].name) == len &&
		    memcmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

const char *
ref_options_read(const char *text, struct ref *ref)
{
	unsigned seen = 0;
	for (;;) {
		size_t len = strcspn(text, "&");
		const char *equals = memchr(text, '=', len);
		size_t name_len =
		    equals == NULL ? len : (size_t)(equals - text);
		const struct option *o = find(text, name_len);
		if (o == NULL)
			return "has an unknown option (known: optional, "
			       "default=, allow_empty, trim, encoding=base64, "
			       "region=, project=)";
		unsigned bit = 1u << (o - options);
		if ((seen & bit) != 0)
			return "has an option twice";
		seen |= bit;
		const char *value = equals == NULL ? NULL : equals + 1;
		const char *why =
		    take(o, value, value == NULL ? 0 : len - name_len - 1, ref);
		if (why != NULL || text[len] == '\0')
			return why;
		text += len + 1;
	}
}
