#include "config/fill_service.h"

#include "config/address.h"
#include "config/fill_error.h"
#include "config/nearest.h"
#include "config/value_expected.h"
#include "core/guard.h"

#include <stdio.h>
#include <string.h>

#define FD_LEAST 3
#define FD_MOST 255

static const struct {
	const char *word;
	enum plan_ready kind;
} words[] = {
	{ "alive", PLAN_READY_ALIVE },
	{ "notify", PLAN_READY_NOTIFY },
	{ "ipc", PLAN_READY_IPC },
	{ "listen", PLAN_READY_LISTEN },
};

static const struct {
	const char *name;
	enum plan_ready kind;
} questions[] = {
	{ "http", PLAN_READY_HTTP },
	{ "tcp", PLAN_READY_TCP },
	{ "exec", PLAN_READY_EXEC },
};

static int
refuse_name(struct fill *f, const struct json *node, const struct json *all)
{
	const struct json *tasks = json_member(f->top, "tasks");
	struct nearest near;
	if (tasks != NULL && tasks->type == JSON_OBJECT &&
	    json_member(tasks, node->text) != NULL)
		return fill_error(f, node,
		    "names a task: all tasks have ended before any service "
		    "starts (leave it out)");
	nearest_init(&near, node->text);
	for (const struct json *m = all->first; m != NULL; m = m->next)
		nearest_offer(&near, m->name);
	if (near.best != NULL)
		return fill_error(f, node,
		    "names no service (did you mean \"%s\"?)", near.best);
	return fill_error(f, node, "names no service");
}

/* me: the index of the service whose list this is. */
static int
one_name(struct fill *f, const struct json *node, size_t me, uint64_t *ret)
{
	const struct json *all = json_member(f->top, "services");
	size_t i = 0;
	for (const struct json *m = all->first; m != NULL; m = m->next, i++) {
		if (strcmp(m->name, node->text) != 0)
			continue;
		if (i == me)
			return fill_error(f, node, "names the service itself");
		*ret |= UINT64_C(1) << i;
		return 0;
	}
	return refuse_name(f, node, all);
}

int
fill_service_after(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	struct plan_service *service = base;
	size_t me = (size_t)(service - f->plan->services);
	uint64_t after = 0;
	if (node->type != JSON_LIST)
		return fill_error_type(f, key, node);
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		if (m->type != JSON_STRING)
			return fill_error_element(f, key, m);
		if (one_name(f, m, me, &after) == -1)
			return -1;
	}
	service->after = after;
	return 0;
}
_Static_assert(PLAN_SERVICES_MAX <= 64, "a bit for each");

static int
one_address(struct fill *f, const struct key *key, const struct json *node,
    const char **ret)
{
	const char *why;
	*ret = node->text;
	if (node->type != JSON_STRING && node->type != JSON_NUMBER)
		return fill_error_element(f, key, node);
	if (node->type == JSON_STRING && fill_expanded(f, node, ret) == -1)
		return -1;
	why = address_socket_refused(*ret);
	if (why == NULL)
		return 0;
	return fill_error(f, node, "is no address to listen at: it %s", why);
}

int
fill_service_listen(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	struct plan_service *service = base;
	const char *text;
	if (node->type != JSON_LIST)
		return fill_error_type(f, key, node);
	if (node->count == 0)
		return fill_error(f, node, "must not be empty");
	if (node->count > (size_t)key->max)
		return fill_error_count(f, key, node);
	service->listen =
	    arena_take(f->arena, (node->count + 1) * sizeof(char *));
	service->listen_count = 0;
	for (const struct json *m = node->first; m != NULL; m = m->next) {
		if (one_address(f, key, m, &text) == -1)
			return -1;
		/* char ** as commands are; nobody writes to the words */
		service->listen[service->listen_count++] = (char *)text;
	}
	return 0;
}

static struct plan_probe *
probe_of(const struct key *key, void *base)
{
	return (void *)((char *)base + key->offset);
}

static int
add_kind(struct plan_probe *probe, unsigned kind, char *why)
{
	if (probe->kinds & kind) {
		(void)snprintf(why, VALUE_WHY_MAX, "must not be given twice");
		return -1;
	}
	probe->kinds |= kind;
	return 0;
}

static int
add_fd(struct plan_probe *probe, const char *digits, char *why)
{
	size_t len = strspn(digits, "0123456789");
	int fd = 0;
	for (const char *p = digits; len <= 3 && *p != '\0'; p++)
		fd = fd * 10 + (*p - '0');
	if (len == 0 || len > 3 || digits[len] != '\0' || fd < FD_LEAST ||
	    fd > FD_MOST) {
		(void)snprintf(why, VALUE_WHY_MAX,
		    "must be from \"fd:%d\" to \"fd:%d\" (0 to 2 are its "
		    "stdin, stdout and stderr)",
		    FD_LEAST, FD_MOST);
		return -1;
	}
	probe->fd = fd;
	return add_kind(probe, PLAN_READY_FD, why);
}

int
fill_service_word(const struct key *key, void *base, const char *word,
    char why[VALUE_WHY_MAX])
{
	struct plan_probe *probe = probe_of(key, base);
	if (strncmp(word, "fd:", 3) == 0 &&
	    keys_choice(key->choices, "fd:N") != -1)
		return add_fd(probe, word + 3, why);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, word) == 0 &&
		    keys_choice(key->choices, word) != -1)
			return add_kind(probe, words[i].kind, why);
	value_expected(key, why);
	return -1;
}

/* One of a list, or the only one: a word or an object. */
static int
one_part(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	struct plan_probe *probe = probe_of(key, base);
	char why[VALUE_WHY_MAX];
	const char *word;
	if (node->type == JSON_STRING) {
		if (fill_expanded(f, node, &word) == -1)
			return -1;
		if (fill_service_word(key, base, word, why) == 0)
			return 0;
		return fill_error(f, node, "%s", why);
	}
	if (node->type != JSON_OBJECT)
		return fill_error_type(f, key, node);
	if (fill_object(f, key, node, base) == -1)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		const struct json *m = json_member(node, questions[i].name);
		if (m != NULL && add_kind(probe, questions[i].kind, why) == -1)
			return fill_error(f, m, "%s", why);
	}
	return 0;
}

int
fill_service_probe(
    struct fill *f, const struct key *key, const struct json *node, void *base)
{
	struct plan_probe *probe = probe_of(key, base);
	bool list = node->type == JSON_LIST;
	probe->kinds = 0;
	for (const struct json *m = list ? node->first : node; m != NULL;
	     m = list ? m->next : NULL)
		if (one_part(f, key, m, base) == -1)
			return -1;
	if (probe->kinds != 0)
		return 0;
	return fill_error(f, node, "must have http, tcp or exec%s",
	    list ? ", or a word such as \"notify\"" : "");
}
