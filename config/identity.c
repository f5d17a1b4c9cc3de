#include "config/identity.h"

#include "config/units.h"
#include "core/guard.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define NAME_LETTERS                                           \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789._-"
#define NAME_MAX_LEN 32

static const char *
id_refused(const char *digits)
{
	uint64_t n = 0;
	for (const char *p = digits; *p != '\0' && n <= UINT32_MAX; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	/* the highest one means "none" to the kernel */
	return n < UINT32_MAX ? NULL : "is a number above 4294967294";
}

const char *
identity_name_refused(const char *text)
{
	size_t len = strlen(text);
	size_t good = strspn(text, NAME_LETTERS);
	if (len == 0)
		return "is empty";
	if (text[good] == ':')
		return "has a colon (user and group have a key each)";
	if (len > NAME_MAX_LEN)
		return "is longer than 32 letters";
	/* a last dollar is how Samba marks machines */
	if (text[good] == '$' && good > 0)
		good++;
	if (text[good] != '\0' || text[0] == '-')
		return "has a character that no name has";
	return strspn(text, "0123456789") == len ? id_refused(text) : NULL;
}

int
identity_umask(const char *text, int *ret)
{
	int mask = 0;
	size_t len = strspn(text, "01234567");
	if (len == 0 || len > 4 || text[len] != '\0')
		return -1;
	for (const char *p = text; *p != '\0'; p++)
		mask = mask * 8 + (*p - '0');
	if (mask > 0777)
		return -1;
	*ret = mask;
	return 0;
}

/* Whole seconds: the kernel counts no others. */
static int
seconds(const char *text, uint64_t *ret, const char **ret_why)
{
	int64_t ms;
	if (units_duration(text, &ms, ret_why) == -1)
		return -1;
	*ret_why = "is no whole number of seconds";
	if (ms % 1000 != 0)
		return -1;
	*ret = (uint64_t)ms / 1000;
	return 0;
}

static int
plain(const char *text, uint64_t *ret)
{
	size_t len = strspn(text, "0123456789");
	uint64_t n = 0;
	if (len == 0 || len > 18 || text[len] != '\0')
		return -1;
	for (const char *p = text; *p != '\0'; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	*ret = n;
	return 0;
}

static int
bound(const char *text, enum identity_unit unit, uint64_t *ret,
    const char **ret_why)
{
	int64_t bytes;
	bool bare;
	if (strcmp(text, "unlimited") == 0) {
		*ret = RLIM_INFINITY;
		return 0;
	}
	*ret_why = "is no whole number";
	if (plain(text, ret) == 0)
		return 0;
	if (unit == IDENTITY_COUNT)
		return -1;
	if (unit == IDENTITY_SECONDS)
		return seconds(text, ret, ret_why);
	if (units_size(text, &bytes, &bare, ret_why) == -1)
		return -1;
	*ret = (uint64_t)bytes;
	return 0;
}

int
identity_limit(const char *text, enum identity_unit unit,
    struct plan_limit *ret, const char **ret_why)
{
	struct plan_limit limit = { .set = true };
	char soft[32];
	const char *colon = strchr(text, ':');
	size_t len = colon == NULL ? strlen(text) : (size_t)(colon - text);
	*ret_why = "is too long";
	if (len >= sizeof(soft))
		return -1;
	memcpy(soft, text, len);
	soft[len] = '\0';
	if (bound(soft, unit, &limit.soft, ret_why) == -1)
		return -1;
	limit.hard = limit.soft;
	if (colon != NULL && bound(colon + 1, unit, &limit.hard, ret_why) == -1)
		return -1;
	*ret_why = "has a soft bound above its hard one";
	if (limit.soft > limit.hard)
		return -1;
	*ret = limit;
	return 0;
}
_Static_assert(RLIM_INFINITY == UINT64_MAX, "above every number");

static const struct {
	const char *name;
	int resource;
} limits[] = {
	[PLAN_LIMIT_CORE] = { "core", RLIMIT_CORE },
	[PLAN_LIMIT_CPU] = { "cpu", RLIMIT_CPU },
	[PLAN_LIMIT_DATA] = { "data", RLIMIT_DATA },
	[PLAN_LIMIT_FSIZE] = { "fsize", RLIMIT_FSIZE },
	[PLAN_LIMIT_MEMLOCK] = { "memlock", RLIMIT_MEMLOCK },
	[PLAN_LIMIT_NOFILE] = { "nofile", RLIMIT_NOFILE },
	[PLAN_LIMIT_NPROC] = { "nproc", RLIMIT_NPROC },
	[PLAN_LIMIT_STACK] = { "stack", RLIMIT_STACK },
};
_Static_assert(ARRAY_LEN(limits) == PLAN_LIMITS, "one per limit");

const char *
identity_limit_name(enum plan_limit_kind kind)
{
	assert(kind < PLAN_LIMITS);

	return limits[kind].name;
}

int
identity_limit_resource(enum plan_limit_kind kind)
{
	assert(kind < PLAN_LIMITS);

	return limits[kind].resource;
}

static void
bound_text(uint64_t n, char text[IDENTITY_TEXT_MAX / 2])
{
	if (n == RLIM_INFINITY)
		(void)snprintf(text, IDENTITY_TEXT_MAX / 2, "unlimited");
	else
		(void)snprintf(text, IDENTITY_TEXT_MAX / 2, "%" PRIu64, n);
}

void
identity_limit_text(
    const struct plan_limit *limit, char text[IDENTITY_TEXT_MAX])
{
	char soft[IDENTITY_TEXT_MAX / 2];
	char hard[IDENTITY_TEXT_MAX / 2];
	bound_text(limit->soft, soft);
	bound_text(limit->hard, hard);
	(void)snprintf(text, IDENTITY_TEXT_MAX, "%s%s%s", soft,
	    limit->soft == limit->hard ? "" : ":",
	    limit->soft == limit->hard ? "" : hard);
}
