#include "personality/envsubst.h"

#include "personality/dollar.h"
#include "personality/option.h"
#include "personality/words.h"

#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAILED 1
#define PIECE ((size_t)64 * 1024)

/* The names of a SHELL-FORMAT, in memory that is mapped. */
struct listed {
	const char *name;
	size_t len;
};

struct list {
	struct listed *slot; /* `size` of them, a power of two */
	size_t size;
	char *names; /* room for the next one */
};

struct filter {
	const struct list *list; /* NULL: every name counts */
	char *out;               /* PIECE bytes */
	size_t have;
};

static char piece_in[PIECE];
static char piece_out[PIECE];

/* ---- the names that count ----------------------------------------------- */

static struct listed *
find_slot(const struct list *l, const char *name, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
	for (size_t at = (size_t)(hash ^ hash >> 32);; at++) {
		struct listed *slot = &l->slot[at & (l->size - 1)];
		if (slot->name == NULL ||
		    (slot->len == len && memcmp(slot->name, name, len) == 0))
			return slot;
	}
}

static int
ignore_text(void *arg, const char *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
	return 0;
}

static int
list_name(void *arg, const char *name, size_t len, bool braced)
{
	struct list *l = arg;
	struct listed *slot = find_slot(l, name, len);

	(void)braced;
	if (slot->name != NULL)
		return 0;
	*slot = (struct listed){ memcpy(l->names, name, len), len };
	l->names += len;
	return 0;
}

static void *
map(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return room == MAP_FAILED ? NULL : room;
}

/* Twice the dollars of the format are more slots than it has names. */
static int
make_list(struct list *l, const char *format)
{
	static const struct dollar_ways ways = { ignore_text, list_name };
	struct dollar d = { .ways = &ways, .arg = l };
	size_t dollars = 1;

	for (const char *c = format; *c != '\0'; c++)
		dollars += *c == '$';
	for (l->size = 2; l->size < 2 * dollars;)
		l->size *= 2;
	l->slot = map(l->size * sizeof(*l->slot));
	l->names = map(strlen(format) + 1);
	if (l->slot == NULL || l->names == NULL)
		return -ENOMEM;
	int r = dollar_feed(&d, format, strlen(format));
	if (r == 0)
		r = dollar_end(&d);
	dollar_free(&d);
	return r;
}

/* ---- standard output ---------------------------------------------------- */

/* In one error each: what happened to the output, as a number of its own. */
#define OUTPUT_ERROR 0x10000

static int
flush(struct filter *f)
{
	int r = f->have == 0 ? 0 : fd_write_all(STDOUT_FILENO, f->out, f->have);
	f->have = 0;
	return r < 0 ? r - OUTPUT_ERROR : 0;
}

static int
put(struct filter *f, const char *data, size_t len)
{
	while (len > 0) {
		size_t n = PIECE - f->have < len ? PIECE - f->have : len;
		memcpy(f->out + f->have, data, n);
		f->have += n;
		data += n;
		len -= n;
		int r = f->have == PIECE ? flush(f) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
put_text(void *arg, const char *data, size_t len)
{
	return put(arg, data, len);
}

static int
put_value(void *arg, const char *name, size_t len, bool braced)
{
	struct filter *f = arg;

	if (f->list == NULL || find_slot(f->list, name, len)->name != NULL) {
		const char *value = getenv(name);
		return value == NULL ? 0 : put(f, value, strlen(value));
	}
	int r = put(f, "${", braced ? 2 : 1);
	if (r == 0)
		r = put(f, name, len);
	return r == 0 && braced ? put(f, "}", 1) : r;
}

static int
put_name(void *arg, const char *name, size_t len, bool braced)
{
	(void)braced;
	int r = put(arg, name, len);
	return r < 0 ? r : put(arg, "\n", 1);
}

/* ---- the two things it does --------------------------------------------- */

static int
copy(struct filter *f, struct dollar *d)
{
	for (;;) {
		ssize_t n = read(STDIN_FILENO, piece_in, PIECE);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		int r = n == 0 ? dollar_end(d)
			       : dollar_feed(d, piece_in, (size_t)n);
		if (r == 0)
			r = flush(f);
		if (r < 0 || n == 0)
			return r;
	}
}

static int
substitute(struct filter *f)
{
	static const struct dollar_ways ways = { put_text, put_value };
	struct dollar d = { .ways = &ways, .arg = f };

	int r = copy(f, &d);
	dollar_free(&d);
	return r;
}

static int
print_names(struct filter *f, const char *format)
{
	static const struct dollar_ways ways = { ignore_text, put_name };
	struct dollar d = { .ways = &ways, .arg = f };

	int r = dollar_feed(&d, format, strlen(format));
	if (r == 0)
		r = dollar_end(&d);
	if (r == 0)
		r = flush(f);
	dollar_free(&d);
	return r;
}

/* ---- the command line --------------------------------------------------- */

static int
print_help(const char *name)
{
	words_say(STDOUT_FILENO,
	    "Usage: %s [OPTION] [SHELL-FORMAT]\n"
	    "\n"
	    "Copies standard input to standard output and puts the values of "
	    "environment\n"
	    "variables in for $NAME and ${NAME}; nothing for those that are "
	    "not set.\n"
	    "\n"
	    "  -v, --variables   only list the names in SHELL-FORMAT, a line "
	    "each\n"
	    "  -h, --help        show this text\n"
	    "  -V, --version     show the version\n"
	    "\n"
	    "With a SHELL-FORMAT only the variables that it refers to, such "
	    "as '$HOST $PORT',\n"
	    "are put in, and everything else is left as it is.\n"
	    "\n"
	    "This is cradle, called by the name of envsubst: see "
	    "cradle(1).\n",
	    name);
	return 0;
}

static int
print_version(void)
{
	words_say(STDOUT_FILENO,
	    "envsubst (GNU gettext-runtime) 0.21\n"
	    "This is cradle, called by the name of envsubst. It behaves as "
	    "that version does\nand holds none of its code: cradle's own "
	    "license is what counts.\n");
	return 0;
}

static int
complain(const char *name, const char *what)
{
	words_say(STDERR_FILENO, "%s: %s\n", name, what);
	return FAILED;
}

/* What went wrong on the way, in the words of the original. */
static int
explain(const char *name, int err)
{
	if (err == 0 || err == -EPIPE - OUTPUT_ERROR)
		return 0;
	if (err == -ENOMEM)
		return complain(name, "memory exhausted");
	if (err < -OUTPUT_ERROR)
		words_say(STDERR_FILENO, "%s: write error: %s\n", name,
		    words_error(-err - OUTPUT_ERROR));
	else
		words_say(STDERR_FILENO,
		    "%s: error while reading \"standard input\": %s\n", name,
		    words_error(-err));
	return FAILED;
}

struct wanted {
	bool help;
	bool version;
	bool names;
};

static int
run(const char *name, const struct wanted *w, int count, char *words[])
{
	struct filter f = { .out = piece_out };
	struct list list;

	if (count > 1)
		return complain(name, "too many arguments");
	if (w->names && count == 0)
		return complain(name, "missing arguments");
	if (w->names)
		return explain(name, print_names(&f, words[0]));
	if (count == 0)
		return explain(name, substitute(&f));
	f.list = &list;
	int r = make_list(&list, words[0]);
	return explain(name, r < 0 ? r : substitute(&f));
}

int
envsubst_main(int argc, char *argv[])
{
	static const struct option_name names[] = {
		{ "help", 'h' },
		{ "variables", 'v' },
		{ "version", 'V' },
	};
	struct option_reader r = { .letters = "hvV",
		.names = names,
		.names_count = ARRAY_LEN(names) };
	struct wanted wanted = { 0 };
	const char *value;
	int letter;

	option_begin(&r, argc, argv);
	while ((letter = option_next(&r, &value)) != -1) {
		wanted.help |= letter == 'h';
		wanted.version |= letter == 'V';
		wanted.names |= letter == 'v';
		if (letter != '?')
			continue;
		words_say(STDERR_FILENO,
		    "Try '%s --help' for more information.\n", argv[0]);
		return FAILED;
	}
	if (wanted.version)
		return print_version();
	if (wanted.help)
		return print_help(argv[0]);
	return run(argv[0], &wanted, argc - r.at, argv + r.at);
}
