#include "personality/dollar.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM_FIRST ((size_t)64 * 1024)

static bool
begins_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool
goes_on(char c)
{
	return begins_name(c) || (c >= '0' && c <= '9');
}

static int
make_room(struct dollar *d)
{
	size_t size = d->room == 0 ? ROOM_FIRST : 2 * d->room;
	void *room = d->room == 0
			 ? mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
			 : mremap(d->name, d->room, size, MREMAP_MAYMOVE);
	if (room == MAP_FAILED)
		return -ENOMEM;
	d->name = room;
	d->room = size;
	return 0;
}

static int
add_letter(struct dollar *d, char c)
{
	/* one byte is left for the NUL */
	int r = d->len + 1 < d->room ? 0 : make_room(d);
	if (r == 0)
		d->name[d->len++] = c;
	return r;
}

/* What looked like the beginning of one is text. */
static int
give_up(struct dollar *d)
{
	int r = d->ways->text(d->arg, "${", d->braced ? 2 : 1);
	if (r == 0 && d->len > 0)
		r = d->ways->text(d->arg, d->name, d->len);
	d->state = DOLLAR_TEXT;
	return r;
}

static int
finish_name(struct dollar *d)
{
	d->state = DOLLAR_TEXT;
	d->name[d->len] = '\0';
	return d->ways->name(d->arg, d->name, d->len, d->braced);
}

/*
 * One byte behind a dollar.  *ret_used is false when it belongs to what comes
 * next: it may be a dollar itself.
 */
static int
step(struct dollar *d, char c, bool *ret_used)
{
	*ret_used = true;
	if (d->state == DOLLAR_SIGN && c == '{') {
		d->braced = true;
		d->state = DOLLAR_BRACE;
		return 0;
	}
	if (d->state == DOLLAR_NAME ? goes_on(c) : begins_name(c)) {
		d->state = DOLLAR_NAME;
		return add_letter(d, c);
	}
	if (d->state == DOLLAR_NAME && d->braced && c == '}')
		return finish_name(d);
	*ret_used = false;
	return d->state == DOLLAR_NAME && !d->braced ? finish_name(d)
						     : give_up(d);
}

/* The text up to the next dollar, which begins something. */
static int
pass_text(struct dollar *d, const char *data, size_t len, size_t *ret_used)
{
	const char *sign = memchr(data, '$', len);
	size_t plain = sign == NULL ? len : (size_t)(sign - data);

	*ret_used = plain + (sign != NULL);
	if (sign != NULL) {
		d->state = DOLLAR_SIGN;
		d->braced = false;
		d->len = 0;
	}
	return plain == 0 ? 0 : d->ways->text(d->arg, data, plain);
}

int
dollar_feed(struct dollar *d, const char *data, size_t len)
{
	int r = 0;
	while (len > 0 && r == 0) {
		size_t used = 0;
		bool taken;
		if (d->state == DOLLAR_TEXT) {
			r = pass_text(d, data, len, &used);
		} else {
			r = step(d, *data, &taken);
			used = taken;
		}
		data += used;
		len -= used;
	}
	return r;
}

int
dollar_end(struct dollar *d)
{
	if (d->state == DOLLAR_TEXT)
		return 0;
	return d->state == DOLLAR_NAME && !d->braced ? finish_name(d)
						     : give_up(d);
}

void
dollar_free(struct dollar *d)
{
	if (d->room > 0)
		(void)munmap(d->name, d->room);
	d->name = NULL;
	d->room = 0;
}
