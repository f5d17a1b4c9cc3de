#include "envsubst/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct scope_var *)a)->name,
	    ((const struct scope_var *)b)->name);
}

void
scope_sort(struct scope_var *var, size_t count)
{
	if (count > 0)
		qsort(var, count, sizeof(*var), compare);
}

bool
scope_begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool
scope_is_name_char(char c)
{
	return scope_begins_name(c) || (c >= '0' && c <= '9');
}

size_t
scope_name_len(const char *text, size_t len)
{
	size_t n = 0;
	if (len == 0 || !scope_begins_name(text[0]))
		return 0;
	while (n < len && scope_is_name_char(text[n]))
		n++;
	return n;
}

static int
compare_to(const char *name, size_t len, const char *known)
{
	int order = strncmp(name, known, len);
	return order != 0 ? order : known[len] == '\0' ? 0 : -1;
}

static const struct scope_var *
find(const struct scope *s, const char *name, size_t len)
{
	size_t lo = 0;
	size_t hi = s->count;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;
		int order = compare_to(name, len, s->var[middle].name);
		if (order == 0)
			return &s->var[middle];
		if (order < 0)
			hi = middle;
		else
			lo = middle + 1;
	}
	return NULL;
}

bool
scope_has_prefix(const struct scope *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->prefixes; i++) {
		size_t n = strlen(s->prefix[i]);
		if (len >= n && memcmp(name, s->prefix[i], n) == 0)
			return true;
	}
	return false;
}

bool
scope_touches(const struct scope *s, const char *name, size_t len)
{
	return s->all || find(s, name, len) != NULL ||
	       scope_has_prefix(s, name, len);
}

static struct scope_local *
find_local(const struct scope_locals *l, const char *name, size_t len)
{
	for (size_t i = 0; l != NULL && i < l->count; i++)
		if (compare_to(name, len, l->item[i].name) == 0)
			return &l->item[i];
	return NULL;
}

const char *
scope_get(const struct scope *s, const struct scope_locals *locals,
    const char *name, size_t len, size_t *ret_len)
{
	const struct scope_local *local = find_local(locals, name, len);
	if (local != NULL) {
		*ret_len = local->len;
		return local->data;
	}
	const struct scope_var *var = find(s, name, len);
	if (var == NULL || var->data == NULL)
		return NULL;
	*ret_len = var->len;
	return var->data;
}

static int
add_local(struct scope_locals *l, const char *name, size_t len,
    struct scope_local **ret)
{
	if (l->count == SCOPE_LOCALS_MAX)
		return -E2BIG;
	struct scope_local *grown =
	    realloc(l->item, (l->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	l->item = grown;
	char *copy = strndup(name, len);
	if (copy == NULL)
		return -ENOMEM;
	*ret = &l->item[l->count++];
	**ret = (struct scope_local){ .name = copy };
	return 0;
}

int
scope_set(struct scope_locals *l, const char *name, size_t name_len,
    const char *data, size_t len)
{
	struct scope_local *local = find_local(l, name, name_len);
	int r = local == NULL ? add_local(l, name, name_len, &local) : 0;
	if (r < 0)
		return r;
	char *copy = realloc(local->data, len + 1);
	if (copy == NULL)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, data, len);
	local->data = copy;
	local->len = len;
	return 0;
}

void
scope_forget(struct scope_locals *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].name);
		free(l->item[i].data);
	}
	free(l->item);
	*l = (struct scope_locals){ 0 };
}
