#include "personality/option.h"

#include "personality/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Invariant: argv[1] up to argv[at - 1] are options and their values, in the
 * order in which they were given; the operands met so far are right behind.
 */

#define MISTAKE '?'
#define VALUED ':'

void
option_begin(struct option_reader *r, int argc, char *argv[])
{
	r->argc = argc;
	r->argv = argv;
	r->at = argc > 0 ? 1 : 0;
	r->rest = NULL;
	if (getenv("POSIXLY_CORRECT") != NULL)
		r->options_first = true;
}

/* Move argv[from] to argv[at], what lies between one further; at goes on. */
static char *
bring_forward(struct option_reader *r, int from)
{
	char *word = r->argv[from];
	for (int i = from; i > r->at; i--)
		r->argv[i] = r->argv[i - 1];
	r->argv[r->at++] = word;
	return word;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* Where the next option is, or argc. */
static int
look_ahead(const struct option_reader *r)
{
	int i = r->at;
	if (r->options_first)
		return i < r->argc && is_option(r->argv[i]) ? i : r->argc;
	while (i < r->argc && !is_option(r->argv[i]))
		i++;
	return i;
}

static int
read_letter(struct option_reader *r, int found, const char **ret_value)
{
	char letter = *r->rest++;
	const char *known = letter == VALUED || letter == ';'
				? NULL
				: strchr(r->letters, letter);
	const char *rest = r->rest;

	if (*rest == '\0')
		r->rest = NULL;
	if (known == NULL) {
		words_say(STDERR_FILENO, "%s: invalid option -- '%c'\n",
		    r->argv[0], letter);
		return MISTAKE;
	}
	if (known[1] != VALUED)
		return letter;
	r->rest = NULL;
	if (*rest != '\0') {
		*ret_value = rest;
		return letter;
	}
	if (found + 1 >= r->argc) {
		words_say(STDERR_FILENO,
		    "%s: option requires an argument -- '%c'\n", r->argv[0],
		    letter);
		return MISTAKE;
	}
	*ret_value = bring_forward(r, found + 1);
	return letter;
}

static bool
takes_value(const struct option_reader *r, char letter)
{
	const char *known = strchr(r->letters, letter);
	return known != NULL && known[1] == VALUED;
}

static void
tell_ambiguous(const struct option_reader *r, const char *word, size_t len)
{
	words_say(STDERR_FILENO,
	    "%s: option '--%s' is ambiguous; possibilities:", r->argv[0], word);
	for (size_t i = 0; i < r->names_count; i++)
		if (strncmp(r->names[i].name, word, len) == 0)
			words_say(STDERR_FILENO, " '--%s'", r->names[i].name);
	words_say(STDERR_FILENO, "\n");
}

/* The name that word begins or is; NULL after saying why there is none. */
static const struct option_name *
resolve(const struct option_reader *r, const char *word, size_t len)
{
	const struct option_name *found = NULL;

	for (size_t i = 0; i < r->names_count; i++) {
		const struct option_name *n = &r->names[i];
		if (strncmp(n->name, word, len) != 0)
			continue;
		if (n->name[len] == '\0')
			return n;
		if (found != NULL) {
			tell_ambiguous(r, word, len);
			return NULL;
		}
		found = n;
	}
	if (found == NULL)
		words_say(STDERR_FILENO, "%s: unrecognized option '--%s'\n",
		    r->argv[0], word);
	return found;
}

static int
read_name(struct option_reader *r, const char *word, int found,
    const char **ret_value)
{
	size_t len = strcspn(word, "=");
	const struct option_name *n = resolve(r, word, len);

	if (n == NULL)
		return MISTAKE;
	if (!takes_value(r, n->letter)) {
		if (word[len] == '\0')
			return n->letter;
		words_say(STDERR_FILENO,
		    "%s: option '--%s' doesn't allow an argument\n", r->argv[0],
		    n->name);
		return MISTAKE;
	}
	if (word[len] == '=') {
		*ret_value = word + len + 1;
		return n->letter;
	}
	if (found + 1 >= r->argc) {
		words_say(STDERR_FILENO,
		    "%s: option '--%s' requires an argument\n", r->argv[0],
		    n->name);
		return MISTAKE;
	}
	*ret_value = bring_forward(r, found + 1);
	return n->letter;
}

int
option_next(struct option_reader *r, const char **ret_value)
{
	*ret_value = NULL;
	/* in the middle of "-vvw": the word itself is already in its place */
	if (r->rest != NULL)
		return read_letter(r, r->last, ret_value);
	int found = look_ahead(r);
	if (found == r->argc)
		return -1;
	const char *word = bring_forward(r, found);
	if (strcmp(word, "--") == 0)
		return -1;
	r->last = found;
	if (r->names != NULL && word[1] == '-')
		return read_name(r, word + 2, found, ret_value);
	r->rest = word + 1;
	return read_letter(r, found, ret_value);
}
