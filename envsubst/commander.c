#include "envsubst/commander.h"

#include "envsubst/saying.h"
#include "envsubst/suggest.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION "0.7.4"

enum option {
	VERSION_OPTION,
	ENV,
	EXAMPLE,
	OUTPUT,
	PATH,
	DISPOSABLE,
	LEFTOVER,
	OPTIONS
};

static const struct {
	const char *word; /* NULL: none */
	const char *longer;
	const char *flags;
	bool takes_value;
	bool takes_more;
} options[OPTIONS] = {
	[VERSION_OPTION] = { "-V", "--version", "-V, --version", false, false },
	[ENV] = { "-e", "--env", "-e, --env <path>", true, false },
	[EXAMPLE] = { "-x", "--example", "-x, --example <path>", true, false },
	[OUTPUT] = { "-o", "--output", "-o, --output <path...>", true, true },
	[PATH] = { "-p", "--path", "-p, --path <path...>", true, true },
	[DISPOSABLE] = { NULL, "--disposable", "--disposable", false, false },
	[LEFTOVER] = { NULL, "--allow-leftover", "--allow-leftover", false,
	    false },
};

static const char help[] =
    "Usage: import-meta-env [options]\n"
    "\n"
    "Populates your environment variables from the system or `.env` file.\n"
    "\n"
    "Options:\n"
    "  -V, --version           output the version number\n"
    "  -e, --env <path>        The .env file path to load. You can out-out "
    "this by\n"
    "                          passing an empty string. (default: \".env\")\n"
    "  -x, --example <path>    The .env example file path to load\n"
    "  -o, --output <path...>  [deprecated: use --path] The file/dir paths to "
    "inject\n"
    "                          in-place (default:\n"
    "                          "
    "[\"dist/**/*\",\".next/**/*\",\".nuxt/**/*\",\".output/**/*\",\"build/**/"
    "*\"])\n"
    "  -p, --path <path...>    The file/dir paths to inject in-place "
    "(default:\n"
    "                          "
    "[\"dist/**/*\",\".next/**/*\",\".nuxt/**/*\",\".output/**/*\",\"build/**/"
    "*\"])\n"
    "  --disposable            Do not create backup files and restore from "
    "backup\n"
    "                          files. In local development, disable this "
    "option to\n"
    "                          avoid rebuilding the project when environment "
    "variable\n"
    "                          changes, In production, enable this option to "
    "avoid\n"
    "                          generating unnecessary backup files.\n"
    "  -h, --help              display help for command\n";

struct line {
	struct commander *c;
	char **word;
	size_t count;
	size_t at;
	enum option more; /* that takes the words up to the next dash */
	size_t operands;
	const char *unknown; /* the first option that is none */
	size_t unknowns;     /* words from there on */
	bool help;
	int code;
};

/* Says it; 1, as commander_parse returns it. */
static int
leave(struct line *l, int code)
{
	l->code = code;
	return 1;
}

static bool
looks_like_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* The option of that word, `len` bytes of it, or OPTIONS. */
static enum option
find(const char *word, size_t len)
{
	for (enum option o = 0; o < OPTIONS; o++) {
		const char *one = options[o].word;
		const char *other = options[o].longer;
		if ((one != NULL && strlen(one) == len &&
			memcmp(one, word, len) == 0) ||
		    (strlen(other) == len && memcmp(other, word, len) == 0))
			return o;
	}
	return OPTIONS;
}

static int
add(char ***list, size_t *count, char *value)
{
	char **grown = realloc(*list, (*count + 1) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	*list = grown;
	grown[(*count)++] = value;
	return 0;
}

static int
take(struct line *l, enum option o, char *value)
{
	struct commander *c = l->c;
	switch (o) {
	case VERSION_OPTION:
		saying_add(STDOUT_FILENO, VERSION "\n");
		return leave(l, 0);
	case ENV:
		c->env = value;
		break;
	case EXAMPLE:
		c->example = value;
		break;
	case OUTPUT:
		return add(&c->output, &c->output_count, value);
	case PATH:
		return add(&c->path, &c->path_count, value);
	case DISPOSABLE:
		c->disposable = true;
		break;
	case LEFTOVER:
		c->allow_leftover = true;
		break;
	case OPTIONS:
		break;
	}
	return 0;
}

/* "-x" or "--example", its value being the next word whatever that is. */
static int
take_whole(struct line *l, enum option o)
{
	if (!options[o].takes_value)
		return take(l, o, NULL);
	if (l->at == l->count) {
		saying_add(STDERR_FILENO,
		    "error: option '%s' argument missing\n", options[o].flags);
		return leave(l, 1);
	}
	l->more = options[o].takes_more ? o : OPTIONS;
	return take(l, o, l->word[l->at++]);
}

static void
put_aside(struct line *l, const char *word)
{
	if (l->unknown == NULL && looks_like_option(word))
		l->unknown = word;
	if (l->unknown == NULL) {
		l->operands++;
		return;
	}
	l->unknowns++;
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		l->help = true;
}

/* Everything behind "--" is an operand, or goes with the unknown ones. */
static void
put_rest_aside(struct line *l)
{
	if (l->unknown != NULL)
		l->unknowns++;
	for (; l->at < l->count; l->at++) {
		const char *word = l->word[l->at];
		if (l->unknown != NULL)
			put_aside(l, word);
		else
			l->operands++;
	}
}

/* "-xFILE" and "--example=FILE"; OPTIONS when the word is no such thing. */
static enum option
find_joined(char *word, char **ret_value)
{
	if (word[0] != '-')
		return OPTIONS;
	if (word[1] != '-') {
		*ret_value = word + 2;
		return word[1] != '\0' && word[2] != '\0' ? find(word, 2)
							  : OPTIONS;
	}
	char *sign = word[2] == '\0' ? NULL : strchr(word + 3, '=');
	if (sign == NULL || word[2] == '=')
		return OPTIONS;
	*ret_value = sign + 1;
	enum option o = find(word, (size_t)(sign - word));
	return o != OPTIONS && options[o].takes_value ? o : OPTIONS;
}

static int
read_word(struct line *l)
{
	char *word = l->word[l->at++];
	char *value = NULL;

	if (strcmp(word, "--") == 0) {
		put_rest_aside(l);
		return 0;
	}
	if (l->more != OPTIONS && !looks_like_option(word))
		return take(l, l->more, word);
	l->more = OPTIONS;
	if (looks_like_option(word)) {
		enum option whole = find(word, strlen(word));
		if (whole != OPTIONS)
			return take_whole(l, whole);
	}
	enum option joined = find_joined(word, &value);
	if (joined != OPTIONS)
		return take(l, joined, value);
	put_aside(l, word);
	return 0;
}

static int
refuse_unknown(struct line *l)
{
	static const char *const names[] = { "disposable", "env", "example",
		"help", "output", "path", "version" };
	char hint[320] = "";

	if (strncmp(l->unknown, "--", 2) == 0)
		suggest_option(
		    l->unknown, names, ARRAY_LEN(names), hint, sizeof(hint));
	saying_add(
	    STDERR_FILENO, "error: unknown option '%s'%s\n", l->unknown, hint);
	return leave(l, 1);
}

static int
check(struct line *l)
{
	if (l->help) {
		saying_add(STDOUT_FILENO, "%s", help);
		return leave(l, 0);
	}
	if (l->c->example == NULL) {
		saying_add(STDERR_FILENO,
		    "error: required option '%s' not specified\n",
		    options[EXAMPLE].flags);
		return leave(l, 1);
	}
	if (l->unknown != NULL)
		return refuse_unknown(l);
	if (l->operands > 0) {
		saying_add(STDERR_FILENO,
		    "error: too many arguments. Expected 0 arguments but got "
		    "%zu.\n",
		    l->operands);
		return leave(l, 1);
	}
	return 0;
}

int
commander_parse(int argc, char *argv[], struct commander *ret, int *ret_code)
{
	struct commander c = { .env = ".env" };
	struct line l = {
		.c = &c,
		.word = argv + 1,
		.count = argc > 0 ? (size_t)argc - 1 : 0,
		.more = OPTIONS,
	};
	int r = 0;

	while (r == 0 && l.at < l.count)
		r = read_word(&l);
	if (r == 0)
		r = check(&l);
	if (r == 0) {
		*ret = c;
		return 0;
	}
	commander_free(&c);
	*ret_code = l.code;
	return r;
}

void
commander_free(struct commander *c)
{
	free(c->path);
	free(c->output);
	*c = (struct commander){ 0 };
}
