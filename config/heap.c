#include "config/heap.h"

#include "config/expand.h"
#include "config/ref.h"
#include "core/buf.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MB ((int64_t)1024 * 1024)
#define UNLIMITED ((int64_t)1 << 60) /* v1 says so with a number like this */

static const char *const options[] = { "max-old-space-size",
	"max-old-space-size-percentage", "max-heap-size" };

/* ---- the limit ---- */

static bool
read_text(const char *root, const char *path, char *text, size_t size)
{
	char whole[PATH_MAX];
	int n = snprintf(whole, sizeof(whole), "%s%s", root, path);
	if (n < 0 || (size_t)n >= sizeof(whole))
		return false;
	autoclose int fd = open(whole, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	ssize_t len = fd_read_full(fd, text, size - 1);
	text[len < 0 ? 0 : len] = '\0';
	return len > 0;
}

/* "max" and nonsense are no limit. */
static int64_t
limit_in(const char *root, const char *path)
{
	char text[64];
	char *end;
	if (!read_text(root, path, text, sizeof(text)))
		return 0;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || errno != 0 || value <= 0 || value >= UNLIMITED)
		return 0;
	return value;
}

static int64_t
lower(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/*
 * A limit further up holds for all below.  Inside a container the path may be
 * the host's and not exist here; the mount's own top is then the container's.
 */
static int64_t
limit_upward(const char *root, const char *mount, char *path, const char *file)
{
	char whole[PATH_MAX];
	int64_t limit = 0;
	for (;;) {
		char *slash = strrchr(path, '/');
		int n = snprintf(
		    whole, sizeof(whole), "%s%s/%s", mount, path, file);
		if (n > 0 && (size_t)n < sizeof(whole))
			limit = lower(limit, limit_in(root, whole));
		if (path[0] == '\0' || slash == NULL)
			return limit;
		*slash = '\0';
	}
}

/* "4:cpu,memory:/docker/x": whether `memory` is among the controllers. */
static bool
has_memory(const char *list, size_t len)
{
	static const char name[] = "memory";
	const size_t size = sizeof(name) - 1;
	while (len > 0) {
		const char *comma = memchr(list, ',', len);
		size_t word = comma == NULL ? len : (size_t)(comma - list);
		if (word == size && memcmp(list, name, size) == 0)
			return true;
		size_t step = comma == NULL ? word : word + 1;
		list += step;
		len -= step;
	}
	return false;
}

static int64_t
limit_of_line(const char *root, char *line)
{
	char *list = strchr(line, ':');
	char *path = list == NULL ? NULL : strchr(++list, ':');
	if (path == NULL || path[1] != '/')
		return 0;
	size_t len = (size_t)(path++ - list);
	if (strstr(path, "..") != NULL || strcmp(path, "/") == 0)
		path[0] = '\0';
	if (len == 0)
		return limit_upward(root, "/sys/fs/cgroup", path, "memory.max");
	if (!has_memory(list, len))
		return 0;
	return limit_upward(
	    root, "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
}

int64_t
heap_limit(const char *root)
{
	char text[4096], *save = NULL;
	int64_t limit = 0;
	if (!read_text(root, "/proc/self/cgroup", text, sizeof(text)))
		return 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		limit = lower(limit, limit_of_line(root, line));
	return limit;
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
		int64_t heap = plan->services[i].heap_mb;
		if (heap == PLAN_HEAP_AUTO)
			sharers++;
		else if (heap > 0)
			limit_mb -= whole_of_heap(heap);
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
	int64_t limit_mb = has_auto(plan) ? heap_limit(root) / MB : 0;
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
