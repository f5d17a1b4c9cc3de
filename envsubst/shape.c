#include "envsubst/shape.h"

#include "envsubst/mention.h"

#define LOWER (1 << MENTION_HEX)
#define UPPER (1 << MENTION_UPPER)
#define BASE64 (1 << MENTION_BASE64)
#define URL (1 << MENTION_URL)

const unsigned char shape_table[256] = {
	['0' ... '9'] = LOWER | UPPER | BASE64 | URL,
	['A' ... 'F'] = UPPER | BASE64 | URL,
	['G' ... 'Z'] = BASE64 | URL,
	['a' ... 'f'] = LOWER | BASE64 | URL,
	['g' ... 'z'] = BASE64 | URL,
	['+'] = BASE64,
	['/'] = BASE64,
	['-'] = URL,
	['_'] = URL,
};

const char *
shape_end(const char *from, const char *end)
{
	while (from < end && shape_of(*from))
		from++;
	return from;
}
