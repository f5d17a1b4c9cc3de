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

/* Its own variables are stronger than shared ones, those than inherited ones.
 */
static bool
is_stronger(const struct want *a, const struct want *b)
{
	static const int strength[] = {
		[WANT_SERVICE] = 3,
		[WANT_SHARED] = 2,
		[WANT_INHERITED] = 1,
		[WANT_TASK] = 0,
		[WANT_OWN] = 0,
	};
	return b == NULL || strength[a->owner] > strength[b->owner];
}

const char *
environment_names_secret(
    const struct environment *e, const char *name, size_t *ret_len)
{
	const struct want *found = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < e->wants; i++) {
		const struct want *w = &e->want[i];
		bool its = w->owner == WANT_SHARED ||
			   w->owner == WANT_INHERITED ||
			   (w->owner == WANT_SERVICE && w->index == 0);
		if (its && environment_name_len(w) == len &&
		    memcmp(w->variable, name, len) == 0 &&
		    is_stronger(w, found))
			found = w;
	}
	return found == NULL ? NULL : environment_value(found, ret_len);
}

static bool
allows(const struct plan_assets *a, const char *name)
{
	for (char **one = a->allow_secret; one != NULL && *one != NULL; one++)
		if (strcmp(*one, name) == 0)
			return true;
	return false;
}

bool
environment_names_allowed(const struct environment *e, const char *name)
{
	for (size_t i = 0; i < e->plan->assets_count; i++)
		if (allows(&e->plan->assets[i], name))
			return true;
	return false;
}

static bool
names_a_secret(const struct environment *e, const struct plan_assets *a)
{
	const char *value;
	for (char **one = a->allow_secret; one != NULL && *one != NULL; one++)
		if (environment_lookup(e, *one, &value) == 2)
			return true;
	return false;
}

bool
environment_names_any_allowed(const struct environment *e)
{
	for (size_t i = 0; i < e->plan->assets_count; i++)
		if (names_a_secret(e, &e->plan->assets[i]))
			return true;
	return false;
}
