#include "config/heap.h"

#include "config/expand.h"
#include "config/quota.h"
#include "config/ref.h"
#include "core/guard.h"
#include "core/log.h"

#include <stdio.h>
#include <string.h>

#define MB ((int64_t)1024 * 1024)

static const char *const options[] = { "max-old-space-size",
	"max-old-space-size-percentage", "max-heap-size" };

static int64_t
lower(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/* ---- the share ---- */

int64_t
heap_of_share(int64_t share_mb)
{
	int64_t quarters = share_mb / 4 * 3 + share_mb % 4 * 3 / 4;
	int64_t rest = share_mb - HEAP_REST_MB;
	int64_t heap = quarters < rest ? quarters : rest;
	return heap < HEAP_LEAST_MB ? 0 : heap;
}

/* Underscores and dashes are the same to V8; the value may come after =. */
static bool
is_option(const char *word, size_t len)
{
	char name[64];
	size_t n = 0;
	if (len < 3 || word[0] != '-' || word[1] != '-')
		return false;
	for (size_t i = 2; i < len && word[i] != '=' && n < sizeof(name) - 1;
	     i++)
		name[n++] = (char)(word[i] == '_' ? '-' : word[i]);
	name[n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(name, options[i]) == 0)
			return true;
	return false;
}

/* NODE_OPTIONS: words between spaces, which quotes may hold together. */
static bool
text_has_option(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \t\n\"'");
		if (is_option(text, len))
			return true;
		text += len + (text[len] != '\0');
	}
	return false;
}

static bool
command_has_option(char *const command[])
{
	for (size_t i = 0; command[i] != NULL; i++)
		if (is_option(command[i], strlen(command[i])))
			return true;
	return false;
}

static const char *
options_of(const struct plan *plan, const struct plan_service *s,
    char *const environ_in[], bool *ret_secret)
{
	const struct plan_variables *maps[] = { &s->env, &plan->secrets.env };
	*ret_secret = false;
	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		for (size_t k = 0; k < maps[i]->count; k++) {
			const struct plan_variable *v = &maps[i]->item[k];
			if (strcmp(v->name, "NODE_OPTIONS") != 0)
				continue;
			*ret_secret = ref_is_reference(v->value, false);
			return v->value;
		}
	const char *text = expand_variable(environ_in, "NODE_OPTIONS", 12);
	if (text == NULL)
		return "";
	*ret_secret = ref_is_reference(text, true);
	return text;
}

static void
set_options(struct arena *arena, struct plan_service *s, const char *before)
{
	size_t max = strlen(before) + 64, count = s->env.count, i = 0;
	struct plan_variable *item =
	    arena_take(arena, (count + 1) * sizeof(*item));
	char *text = arena_room(arena, max);
	int n = snprintf(text, max, "%s%s--max-old-space-size=%lld", before,
	    before[0] == '\0' ? "" : " ", (long long)s->heap_mb);
	arena_keep(arena, (size_t)n + 1);
	if (count > 0)
		memcpy(item, s->env.item, count * sizeof(*item));
	while (i < count && strcmp(item[i].name, "NODE_OPTIONS") != 0)
		i++;
	item[i] = (struct plan_variable){ "NODE_OPTIONS", text };
	s->env.item = item;
	s->env.count = i == count ? count + 1 : count;
}

/* What a service with a heap of its own takes of the whole, as far as known. */
static int64_t
whole_of_heap(int64_t heap_mb)
{
	int64_t thirds = heap_mb + heap_mb / 3;
	int64_t rest = heap_mb + HEAP_REST_MB;
	return thirds > rest ? thirds : rest;
}

static int64_t
share_of(const struct plan *plan, int64_t limit_mb)
{
	int64_t sharers = 0;
	for (size_t i = 0; i < plan->services_count; i++) {
		const struct plan_service *s = &plan->services[i];
		int64_t each = s->instances + (s->standby ? s->instances : 0);
		if (s->heap_mb == PLAN_HEAP_AUTO)
			sharers += each;
		else if (s->heap_mb > 0)
			limit_mb -= each * whole_of_heap(s->heap_mb);
	}
	return sharers == 0 || limit_mb < 0 ? 0 : limit_mb / sharers;
}

/* memory.max, when lower, is where cradle itself would step in. */
static int64_t
own_share(const struct plan_service *s, int64_t share_mb, int64_t limit_mb)
{
	int64_t max = s->memory.max_bytes / MB;
	if (s->memory.max_percent > 0)
		max = lower(max, limit_mb * s->memory.max_percent / 100);
	return lower(share_mb, max);
}

static void
size_one(struct plan_service *s, struct arena *arena, int64_t share_mb,
    int64_t limit_mb)
{
	char text[128];
	if (s->heap_mb != PLAN_HEAP_AUTO) {
		s->heap_note = "as configured";
		return;
	}
	int64_t share = own_share(s, share_mb, limit_mb);
	s->heap_mb = heap_of_share(share);
	if (s->heap_mb == 0 && share > 0)
		log_warn(0,
		    "heap: %s has a share of %lld MB, too little for a limit "
		    "of its own: none is set",
		    s->name, (long long)share);
	if (s->heap_mb == 0) {
		s->heap_note = share > 0
				   ? "auto, but the share is too small: none"
				   : "auto, but the cgroup has no limit: none";
		return;
	}
	int n = snprintf(text, sizeof(text),
	    "of a share of %lld MB of the cgroup's limit", (long long)share);
	s->heap_note = arena_text(arena, text, (size_t)n);
}

static void
leave_alone(struct plan_service *s, const char *why)
{
	log_info("heap: %s keeps its own: %s", s->name, why);
	s->heap_mb = PLAN_HEAP_NONE;
	s->heap_note = "";
}

static bool
has_auto(const struct plan *plan)
{
	for (size_t i = 0; i < plan->services_count; i++)
		if (plan->services[i].heap_mb == PLAN_HEAP_AUTO)
			return true;
	return false;
}

void
heap_plan_take(struct plan *plan, struct arena *arena, char *const environ_in[],
    const char *root)
{
	int64_t limit_mb = has_auto(plan) ? quota_memory(root) / MB : 0;
	int64_t share_mb = share_of(plan, limit_mb);
	for (size_t i = 0; i < plan->services_count; i++) {
		struct plan_service *s = &plan->services[i];
		bool secret;
		s->heap_note = "";
		if (s->heap_mb == PLAN_HEAP_NONE)
			continue;
		const char *text = options_of(plan, s, environ_in, &secret);
		if (secret) {
			leave_alone(s, "NODE_OPTIONS is a secret");
		} else if (text_has_option(text)) {
			leave_alone(s, "NODE_OPTIONS has one");
		} else if (command_has_option(s->command)) {
			leave_alone(s, "its command has one");
		} else {
			size_one(s, arena, share_mb, limit_mb);
			if (s->heap_mb > 0)
				set_options(arena, s, text);
		}
	}
}
