#include "config/direct_line.h"

#include "config/ref.h"
#include "core/guard.h"

#include <ctype.h>
#include <string.h>

/*
 * What must hold: a line is taken only when no character of it means more to sh
 * than a word, a quote or an assignment.  Whatever is in doubt is refused: the
 * shell then does it as ever.
 */

struct scan {
	const char *at;
	char *to;        /* where the word's text goes */
	size_t name_len; /* of NAME= when the word begins so, unquoted */
	enum direct_why *why;
};

static int
refuse(struct scan *s, enum direct_why why)
{
	*s->why = why;
	return -1;
}

static int
single_quoted(struct scan *s)
{
	const char *end = strchr(++s->at, '\'');
	if (end == NULL)
		return refuse(s, DIRECT_QUOTE);
	size_t len = (size_t)(end - s->at);
	memcpy(s->to, s->at, len);
	s->to += len;
	s->at = end + 1;
	return 0;
}

static int
double_quoted(struct scan *s)
{
	for (s->at++; *s->at != '"'; s->at++) {
		if (*s->at == '\0')
			return refuse(s, DIRECT_QUOTE);
		if (*s->at == '$' || *s->at == '`')
			return refuse(s, DIRECT_EXPANSION);
		if (*s->at == '\\' && s->at[1] == '\n')
			return refuse(s, DIRECT_OPERATOR);
		if (*s->at == '\\' && s->at[1] != '\0' &&
		    strchr("$`\"\\", s->at[1]) != NULL)
			s->at++;
		*s->to++ = *s->at;
	}
	s->at++;
	return 0;
}

static int
escaped(struct scan *s)
{
	if (s->at[1] == '\0')
		return refuse(s, DIRECT_QUOTE);
	if (s->at[1] == '\n')
		return refuse(s, DIRECT_OPERATOR);
	*s->to++ = s->at[1];
	s->at += 2;
	return 0;
}

/* Tildes are expanded at a word's start, and in an assignment after = and :. */
static bool
is_tilde(const struct scan *s, const char *start)
{
	if (*s->at != '~')
		return false;
	return s->at == start || s->at[-1] == '=' || s->at[-1] == ':';
}

static int
plain(struct scan *s, const char *start)
{
	char c = *s->at;
	if (strchr("&|;<>()\n\r", c) != NULL)
		return refuse(s, DIRECT_OPERATOR);
	if (c == '$' || c == '`')
		return refuse(s, DIRECT_EXPANSION);
	if (strchr("*?[{}", c) != NULL || is_tilde(s, start))
		return refuse(s, DIRECT_PATTERN);
	if (c == '#' && s->at == start)
		return refuse(s, DIRECT_COMMENT);
	*s->to++ = c;
	s->at++;
	return 0;
}

/* The length of a variable's name that ends with = here, unquoted; else 0. */
static size_t
name_before(const char *word)
{
	size_t n = 0;
	while (isalnum((unsigned char)word[n]) || word[n] == '_')
		n++;
	bool name = n > 0 && !isdigit((unsigned char)word[0]);
	return name && word[n] == '=' ? n : 0;
}

/* One word, at its first character. */
static int
take_word(struct scan *s, struct arena *arena, const char **ret)
{
	const char *start = s->at;
	char *word = arena_room(arena, strlen(start) + 1);
	int r = 0;

	s->to = word;
	s->name_len = name_before(start);
	while (r == 0 && *s->at != '\0' && *s->at != ' ' && *s->at != '\t') {
		char c = *s->at;
		if (c == '\'')
			r = single_quoted(s);
		else if (c == '"')
			r = double_quoted(s);
		else if (c == '\\')
			r = escaped(s);
		else
			r = plain(s, start);
	}
	if (r == -1)
		return -1;
	*s->to = '\0';
	arena_keep(arena, (size_t)(s->to - word) + 1);
	*ret = word;
	return 0;
}

/* Also what sh has both as a program and itself: its own may differ. */
static bool
is_shells_own(const char *word)
{
	static const char *const own[] = { ".", ":", "!", "[", "[[", "alias",
		"bg", "break", "builtin", "case", "cd", "command", "continue",
		"declare", "dirs", "do", "done", "echo", "elif", "else", "esac",
		"eval", "exec", "exit", "export", "false", "fc", "fg", "fi",
		"for", "function", "getopts", "hash", "if", "jobs", "kill",
		"let", "local", "popd", "printf", "pushd", "pwd", "read",
		"readonly", "return", "select", "set", "shift", "shopt",
		"source", "test", "then", "time", "times", "trap", "true",
		"type", "typeset", "ulimit", "umask", "unalias", "unset",
		"until", "wait", "while" };
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(word, own[i]) == 0)
			return true;
	return false;
}

static int
add_set(struct scan *s, struct arena *arena, struct direct_line *line,
    const char *word, size_t name_len)
{
	const char *name = arena_text(arena, word, name_len);
	const char *value = word + name_len + 1;
	if (line->sets == DIRECT_SETS_MAX)
		return refuse(s, DIRECT_LONG);
	if (strcmp(name, "PATH") == 0)
		return refuse(s, DIRECT_PATH);
	if (ref_is_reference(value, false) || ref_is_composite(value))
		return refuse(s, DIRECT_REFERENCE);
	line->set[line->sets++] = (struct plan_variable){ name, value };
	return 0;
}

static void
drop_first_word(struct direct_line *line)
{
	line->words--;
	memmove(&line->word[0], &line->word[1],
	    line->words * sizeof(line->word[0]));
}

/* cross-env expands $ and takes quotes away, after the shell has done so. */
static int
unwrap_cross_env(struct scan *s, struct arena *arena, struct direct_line *line)
{
	for (size_t i = 1; i < line->words; i++)
		if (strpbrk(line->word[i], "$\\'\"") != NULL)
			return refuse(s, DIRECT_EXPANSION);
	drop_first_word(line);
	while (line->words > 0) {
		size_t n = name_before(line->word[0]);
		if (n == 0)
			break;
		if (add_set(s, arena, line, line->word[0], n) == -1)
			return -1;
		drop_first_word(line);
	}
	if (line->words > 0 && line->word[0][0] == '-')
		return refuse(s, DIRECT_OPTION);
	return 0;
}

static int
unwrap(struct scan *s, struct arena *arena, struct direct_line *line)
{
	if (line->words > 1 && strcmp(line->word[0], "exec") == 0) {
		if (line->word[1][0] == '-')
			return refuse(s, DIRECT_BUILTIN);
		drop_first_word(line);
	} else if (line->words > 0 && is_shells_own(line->word[0])) {
		return refuse(s, DIRECT_BUILTIN);
	}
	for (int i = 0; i < 4 && line->words > 0 &&
			strcmp(line->word[0], "cross-env") == 0;
	     i++)
		if (unwrap_cross_env(s, arena, line) == -1)
			return -1;
	return line->words == 0 || line->word[0][0] == '\0'
		   ? refuse(s, DIRECT_EMPTY)
		   : 0;
}

int
direct_line_split(const char *text, struct arena *arena,
    struct direct_line *ret, enum direct_why *ret_why)
{
	struct scan s = { .at = text, .why = ret_why };
	ret->sets = ret->words = 0;
	if (strlen(text) > DIRECT_TEXT_MAX)
		return refuse(&s, DIRECT_LONG);
	for (;;) {
		const char *word;
		s.at += strspn(s.at, " \t");
		if (*s.at == '\0')
			return unwrap(&s, arena, ret);
		if (take_word(&s, arena, &word) == -1)
			return -1;
		if (ret->words == 0 && s.name_len > 0) {
			if (add_set(&s, arena, ret, word, s.name_len) == -1)
				return -1;
			continue;
		}
		if (ret->words == DIRECT_WORDS_MAX)
			return refuse(&s, DIRECT_LONG);
		ret->word[ret->words++] = word;
	}
}
