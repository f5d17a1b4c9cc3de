#include "envsubst/glob.h"

#include "envsubst/braces.h"
#include "envsubst/globparts.h"
#include "envsubst/globwalk.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int
parse_parts(struct arena *memory, const struct globparts *g,
    struct globwalk_pattern *ret)
{
	if (memory->used + g->count * (sizeof(*ret->segment) + 1) + 4096 >
	    ARENA_SIZE / 2)
		return -E2BIG;
	ret->segment = arena_take(memory, g->count * sizeof(*ret->segment));
	ret->spent = arena_take(memory, g->count * sizeof(*ret->spent));
	ret->count = g->count;
	int r = 0;
	for (size_t i = 0; i < g->count && r == 0; i++)
		r = segment_parse(memory, g->part[i], &ret->segment[i]);
	return r;
}

static int
find(struct glob_files *files, struct arena *memory, const char *pattern)
{
	struct braces braces = { 0 };
	struct globparts_list list = { 0 };
	autofree char *cwd = getcwd(NULL, 0);

	int r = cwd == NULL ? -errno : braces_expand(memory, pattern, &braces);
	if (r < 0)
		return r;
	for (size_t i = 0; i < braces.count; i++)
		globparts_add(memory, &list, braces.word[i]);
	if (!list.spent)
		globparts_simplify(memory, &list);
	if (list.spent)
		return -E2BIG;
	struct globwalk_pattern *p =
	    arena_take(memory, (list.count + 1) * sizeof(*p));
	for (size_t i = 0; i < list.count && r == 0; i++)
		r = parse_parts(memory, &list.item[i], &p[i]);
	return r < 0 ? r : globwalk_run(p, list.count, cwd, files);
}

int
glob_add(struct glob_files *files, const char *pattern)
{
	struct arena memory;

	if (pattern[0] == '\0')
		return 0;
	int r = arena_open(&memory);
	if (r < 0)
		return r;
	r = find(files, &memory, pattern);
	arena_close(&memory);
	return r;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
glob_sort(struct glob_files *files)
{
	size_t kept = 0;
	if (files->count == 0)
		return;
	qsort(files->path, files->count, sizeof(*files->path), by_name);
	for (size_t i = 1; i < files->count; i++) {
		if (strcmp(files->path[kept], files->path[i]) == 0)
			free(files->path[i]);
		else
			files->path[++kept] = files->path[i];
	}
	files->count = kept + 1;
}

void
glob_free(struct glob_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->path[i]);
	free(files->path);
	*files = (struct glob_files){ 0 };
}
