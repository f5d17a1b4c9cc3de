/*
 * Any text as a script's line and as a package.json's script: what is taken has
 * a program, names that are names, and no more text than came in.
 */
#include "config/arena.c"
#include "core/utf8.c"
#include "config/ref_options.c"
#include "config/ref.c"
#include "config/direct_line.c"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check(const struct direct_line *line, size_t size)
{
	size_t total = 0;
	assert(line->words > 0 && line->words <= DIRECT_WORDS_MAX);
	assert(line->sets <= DIRECT_SETS_MAX);
	assert(line->word[0][0] != '\0');
	for (size_t i = 0; i < line->words; i++)
		total += strlen(line->word[i]);
	for (size_t i = 0; i < line->sets; i++) {
		const struct plan_variable *v = &line->set[i];
		assert(v->name[0] != '\0' && strchr(v->name, '=') == NULL);
		assert(strcmp(v->name, "PATH") != 0);
		total += strlen(v->name) + strlen(v->value);
	}
	assert(total <= size);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct direct_line line;
	enum direct_why why = DIRECT_WHY_COUNT;
	struct arena arena;
	char *text = malloc(size + 1);
	if (text == NULL || arena_open(&arena) != 0)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (direct_line_split(text, &arena, &line, &why) == 0)
		check(&line, size);
	else
		assert(why < DIRECT_WHY_COUNT);
	arena_close(&arena);
	free(text);
	return 0;
}
