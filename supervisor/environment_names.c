#include "supervisor/environment_names.h"

#include <string.h>

#include "supervisor/pid1.h"

/* One name of that length, if it is meant and none of cradle's own. */
static void
add(const char *name, size_t name_len, const char *prefix, size_t len,
    struct buf *to)
{
	char copy[256];

	if (name_len < len || name_len >= sizeof(copy) ||
	    strncmp(name, prefix, len) != 0)
		return;
	memcpy(copy, name, name_len);
	copy[name_len] = '\0';
	if (plan_variable_is_own(copy))
		return;
	buf_str(to, copy);
	buf_str(to, "\n");
}

static void
add_map(const struct plan_variables *map, const char *prefix, size_t len,
    struct buf *to)
{
	for (size_t i = 0; i < map->count; i++)
		add(map->item[i].name, strlen(map->item[i].name), prefix, len,
		    to);
}

void
environment_names_list(
    const struct environment *e, const char *prefix, size_t len, struct buf *to)
{
	if (e->plan->services_count > 0)
		add_map(&e->plan->services[0].env, prefix, len, to);
	add_map(&e->plan->secrets.env, prefix, len, to);
	for (char *const *s = e->inherited; *s != NULL; s++)
		add(*s, strcspn(*s, "="), prefix, len, to);
}
