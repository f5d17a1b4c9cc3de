#include "config/finish_service.h"

#include "config/expand.h"
#include "config/listen.h"
#include "config/value.h"
#include "core/clock.h"

#include <string.h>

#define LISTEN_FIRST_FD 3 /* sd_listen_fds(3) */

/* A path, as some platforms have it there, is no port of TCP. */
static bool
is_port(const char *text)
{
	return text != NULL && text[0] != '\0' &&
	       text[strspn(text, "0123456789")] == '\0';
}

static bool
sets_port(const struct plan_variables *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->item[i].name, "PORT") == 0)
			return is_port(map->item[i].value);
	return false;
}

static bool
listens_on_tcp(const struct plan_service *s)
{
	for (size_t i = 0; i < s->listen_count; i++)
		if (strncmp(s->listen[i], "unix:", 5) != 0)
			return true;
	return false;
}

/*
 * Among several services a PORT that all of them get is only one's, and nobody
 * knows whose.
 */
static bool
has_port(const struct plan *plan, const struct plan_service *s,
    char *const environ_in[])
{
	if (sets_port(&s->env) || listens_on_tcp(s))
		return true;
	if (plan->services_count > 1)
		return false;
	return sets_port(&plan->secrets.env) ||
	       is_port(expand_variable(environ_in, "PORT", 4));
}

void
finish_service_settle(struct plan *plan, char *const environ_in[])
{
	for (size_t i = 0; i < plan->services_count; i++) {
		struct plan_service *s = &plan->services[i];
		if (s->standby_max_age_ms == VALUE_AUTO)
			s->standby_max_age_ms = NEVER;
		if (s->ready.kinds != 0)
			continue;
		s->ready.kinds = s->handover && has_port(plan, s, environ_in)
				     ? PLAN_READY_LISTEN
				     : PLAN_READY_ALIVE;
	}
}

static bool
same_address(const char *a, const char *b)
{
	struct listen_at one, two;
	const char *why;
	if (listen_parse_socket(a, &one, &why) == -1 ||
	    listen_parse_socket(b, &two, &why) == -1)
		return false;
	return one.len == two.len &&
	       memcmp(&one.address, &two.address, one.len) == 0;
}

/* Somebody before me has it. */
static bool
is_taken(const struct plan *plan, const struct plan_service *me, size_t mine)
{
	for (const struct plan_service *s = plan->services; s <= me; s++) {
		size_t count = s == me ? mine : s->listen_count;
		for (size_t i = 0; i < count; i++)
			if (same_address(s->listen[i], me->listen[mine]))
				return true;
	}
	return false;
}

const char *
finish_service_refused(const struct plan *plan, const struct plan_service *s)
{
	if (s->standby && !s->handover)
		return "has a standby, which needs the handover (leave "
		       "\"handover\" on, or turn \"standby\" off)";
	if ((s->ready.kinds & PLAN_READY_FD) &&
	    s->ready.fd < LISTEN_FIRST_FD + (int)s->listen_count)
		return "has a descriptor in \"ready\" that \"listen\" needs "
		       "(those from 3 on)";
	for (size_t i = 0; i < s->listen_count; i++)
		if (is_taken(plan, s, i))
			return "has an address in \"listen\" that stands "
			       "there, "
			       "or in another service, already";
	return NULL;
}

bool
finish_service_shares_ports(const struct plan_service *s, bool handover)
{
	return handover || s->instances == 1 || s->listen_count > 0 ||
	       s->increment_var[0] != '\0';
}
