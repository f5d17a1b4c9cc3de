#include "envsubst/note.h"

#include "envsubst/json_strict.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

static const char *const types[NOTE_TYPES] = {
	[NOTE_ANY] = "any",
	[NOTE_URL] = "url",
	[NOTE_INT] = "int",
	[NOTE_BOOL] = "bool",
	[NOTE_JSON] = "json",
	[NOTE_ENUM] = "enum",
};

static int
refuse(char why[NOTE_WHY_MAX], const char *what, const char *text, size_t len)
{
	(void)snprintf(
	    why, NOTE_WHY_MAX, "%s%.*s", what, len > 40 ? 40 : (int)len, text);
	return -EINVAL;
}

/* ---- reading ---------------------------------------------------------- */

static const char *
skip(const char *at)
{
	return at + strspn(at, " \t#");
}

/* What stands behind "=": to the next blank, or between quotes. */
static const char *
read_word(const char *at, char **ret)
{
	size_t len;
	bool quoted = (*at == '"' || *at == '\'' || *at == '`') &&
		      strchr(at + 1, *at) != NULL;
	if (quoted) {
		len = (size_t)(strchr(at + 1, *at) - at - 1);
		at++;
	} else {
		len = strcspn(at, " \t");
		len -= len > 0 && at[len - 1] == ',';
	}
	free(*ret);
	*ret = strndup(at, len);
	return at + len + quoted;
}

static int
read_type(const char *text, struct note *n, char why[NOTE_WHY_MAX])
{
	size_t len = strcspn(text, "(");
	size_t all = strlen(text);

	for (enum note_type t = NOTE_ANY; t < NOTE_TYPES; t++) {
		if (strlen(types[t]) != len || memcmp(types[t], text, len) != 0)
			continue;
		bool list = text[len] == '(' && text[all - 1] == ')';
		if ((t == NOTE_ENUM) != list || (!list && text[len] != '\0'))
			break;
		n->type = t;
		if (!list)
			return 0;
		free(n->choices);
		n->choices = strndup(text + len + 1, all - len - 2);
		return n->choices == NULL ? -ENOMEM : 0;
	}
	return refuse(why, "is declared with the unknown type ", text, all);
}

static int
check_pattern(const char *pattern, char why[NOTE_WHY_MAX])
{
	regex_t compiled;
	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return refuse(why,
		    "is declared with a pattern that is none: ", pattern,
		    strlen(pattern));
	regfree(&compiled);
	return 0;
}

static bool
begins(const char **at, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* One declaration; *ret_at moves behind it, or stays where there is none. */
static int
read_one(const char **ret_at, struct note *n, char why[NOTE_WHY_MAX])
{
	const char *at = *ret_at;
	int r = 0;

	if (begins(&at, "optional") && strchr(" \t#,", *at) != NULL) {
		n->optional = true;
	} else if (begins(&at, "default=")) {
		at = read_word(at, &n->fallback);
		r = n->fallback == NULL ? -ENOMEM : 0;
	} else if (begins(&at, "pattern=")) {
		at = read_word(at, &n->pattern);
		r = n->pattern == NULL ? -ENOMEM
				       : check_pattern(n->pattern, why);
	} else if (begins(&at, "type=")) {
		autofree char *type = NULL;
		at = read_word(at, &type);
		r = type == NULL ? -ENOMEM : read_type(type, n, why);
	} else {
		return 0;
	}
	*ret_at = at + (*at == ',');
	return r;
}

int
note_parse(const char *comment, struct note *ret, char why[NOTE_WHY_MAX])
{
	struct note n = { 0 };
	int r = 0;

	for (const char *at = comment == NULL ? "" : skip(comment);
	     *at != '\0' && r == 0;) {
		const char *before = at;
		r = read_one(&at, &n, why);
		if (at == before)
			break;
		at = skip(at);
	}
	if (r < 0) {
		note_free(&n);
		return r;
	}
	*ret = n;
	return 0;
}

void
note_free(struct note *n)
{
	free(n->fallback);
	free(n->choices);
	free(n->pattern);
	*n = (struct note){ 0 };
}

/* ---- checking --------------------------------------------------------- */

static bool
is_url(const char *value)
{
	size_t scheme = strspn(value, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+-.");
	const char *host = value + scheme + 3;
	if (scheme == 0 || strncmp(value + scheme, "://", 3) != 0)
		return false;
	return *host != '\0' && *host != '/' &&
	       strpbrk(value, " \t\r\n\"<>\\^`{|}") == NULL;
}

static bool
is_int(const char *value)
{
	value += *value == '-' || *value == '+';
	return *value != '\0' && value[strspn(value, "0123456789")] == '\0';
}

static bool
is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);
	for (const char *at = choices;;) {
		size_t n = strcspn(at, ",");
		if (n == len && memcmp(at, value, n) == 0)
			return true;
		if (at[n] == '\0')
			return false;
		at += n + 1;
	}
}

static bool
matches(const char *pattern, const char *value)
{
	autofree char *whole = NULL;
	regex_t compiled;
	if (asprintf(&whole, "^(%s)$", pattern) == -1) {
		whole = NULL;
		return false;
	}
	if (regcomp(&compiled, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool found = regexec(&compiled, value, 0, NULL, 0) == 0;
	regfree(&compiled);
	return found;
}

int
note_check(
    const struct note *n, const char *value, size_t len, char why[NOTE_WHY_MAX])
{
	bool whole = memchr(value, '\0', len) == NULL;

	if (n->type == NOTE_URL && !(whole && is_url(value)))
		return refuse(why, "is no URL", "", 0);
	if (n->type == NOTE_INT && !(whole && is_int(value)))
		return refuse(why, "is no integer", "", 0);
	if (n->type == NOTE_BOOL && strcmp(value, "true") != 0 &&
	    strcmp(value, "false") != 0)
		return refuse(why, "is neither true nor false", "", 0);
	if (n->type == NOTE_JSON && !json_strict_check(value, len))
		return refuse(why, "is no JSON", "", 0);
	if (n->type == NOTE_ENUM && !is_choice(n->choices, value))
		return refuse(
		    why, "is none of ", n->choices, strlen(n->choices));
	if (n->pattern != NULL && !(whole && matches(n->pattern, value)))
		return refuse(
		    why, "does not match ", n->pattern, strlen(n->pattern));
	return 0;
}
