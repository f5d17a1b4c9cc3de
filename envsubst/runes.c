#include "envsubst/runes.h"

#include "core/utf8.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>

#define LAST 0x10ffffu
#define STRAY (LAST + 1) /* a byte b that is no UTF-8 is STRAY + b */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t utf8_locale;

static void
find_locale(void)
{
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* 0 where the C library has no such locale: then ASCII is all it knows. */
static locale_t
the_locale(void)
{
	(void)pthread_once(&once, find_locale);
	return utf8_locale;
}

uint32_t
runes_first(const char *data, size_t len, size_t *ret_len)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = utf8_len(data, len);
	unsigned char first = (unsigned char)data[0];

	*ret_len = n == 0 ? 1 : n;
	if (n == 0)
		return STRAY + first;
	uint32_t code = first & lead[n];
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)data[i] & 0x3f);
	return code;
}

size_t
runes_count(const char *data, size_t len)
{
	size_t count = 0;
	for (size_t at = 0, n; at < len; at += n, count++)
		(void)runes_first(data + at, len - at, &n);
	return count;
}

int
runes_read(const char *data, size_t len, struct runes *ret)
{
	size_t count = runes_count(data, len);
	struct runes r = {
		.code = malloc((count + 1) * sizeof(*r.code)),
		.at = malloc((count + 1) * sizeof(*r.at)),
		.count = count,
	};
	if (r.code == NULL || r.at == NULL) {
		runes_free(&r);
		return -ENOMEM;
	}
	size_t at = 0;
	for (size_t i = 0, n; i < count; i++, at += n) {
		r.at[i] = (uint32_t)at;
		r.code[i] = runes_first(data + at, len - at, &n);
	}
	r.at[count] = (uint32_t)at;
	*ret = r;
	return 0;
}

void
runes_free(struct runes *r)
{
	free(r->code);
	free(r->at);
	*r = (struct runes){ 0 };
}

void
runes_put(uint32_t code, struct text *to)
{
	char out[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (code >= STRAY) {
		out[0] = (char)(unsigned char)(code - STRAY);
		text_add(to, out, 1);
		return;
	}
	for (size_t i = n - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	out[0] = (char)(mark[n] | code);
	text_add(to, out, n);
}

uint32_t
runes_upper(uint32_t code)
{
	if (code < 0x80)
		return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
	if (code > LAST || the_locale() == (locale_t)0)
		return code;
	return (uint32_t)towupper_l((wint_t)code, the_locale());
}

uint32_t
runes_lower(uint32_t code)
{
	if (code < 0x80)
		return code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code;
	if (code > LAST || the_locale() == (locale_t)0)
		return code;
	return (uint32_t)towlower_l((wint_t)code, the_locale());
}

wctype_t
runes_class(const char *name)
{
	/* a class belongs to its locale */
	return the_locale() == (locale_t)0 ? wctype(name)
					   : wctype_l(name, the_locale());
}

bool
runes_is(uint32_t code, wctype_t class)
{
	if (code > LAST)
		return false;
	if (the_locale() == (locale_t)0)
		return code < 0x80 && iswctype((wint_t)code, class) != 0;
	return iswctype_l((wint_t)code, class, the_locale()) != 0;
}
