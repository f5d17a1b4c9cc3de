#include "config/value.h"

#include "config/address.h"
#include "config/cron.h"
#include "config/identity.h"
#include "config/plan.h"
#include "config/ref.h"
#include "config/units.h"
#include "config/value_expected.h"
#include "core/guard.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef int value_setter(
    const struct key *key, void *at, const char *text, char *why);

static int fail(char *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(char *why, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(why, VALUE_WHY_MAX, fmt, ap);
	va_end(ap);
	return -1;
}

static int
check_text(const struct key *key, const char *text, char *why)
{
	size_t len = strlen(text);
	if (len < (size_t)key->min)
		return fail(why, "must not be empty");
	if (len > (size_t)key->max)
		return fail(why, "must not be longer than %lld bytes",
		    (long long)key->max);
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return fail(why, "must not have a control character");
	return 0;
}

static int
set_string(const struct key *key, void *at, const char *text, char *why)
{
	if (check_text(key, text, why) == -1)
		return -1;
	*(const char **)at = text;
	return 0;
}

int
value_check_ref(const char *text, char why[VALUE_WHY_MAX])
{
	struct ref ref;
	char phrase[200];
	if (ref_is_composite(text))
		return fail(why,
		    "must be a reference as a whole: {{ ... }} inside a text "
		    "is not supported by this version");
	if (!ref_is_reference(text, false) ||
	    ref_parse(text, &ref, phrase, sizeof(phrase)) == 0)
		return 0;
	return fail(why, "is not a valid reference: it %s", phrase);
}

static int
set_ref(const struct key *key, void *at, const char *text, char *why)
{
	if (value_check_ref(text, why) == -1)
		return -1;
	return set_string(key, at, text, why);
}

/* The types whose text must be an address, or a name, of some kind. */
static const struct {
	const char *(*refused)(const char *text);
	bool may_be_empty; /* then it is off */
} addresses[KEY_TYPES] = {
	[KEY_WEB] = { address_web_refused, true },
	[KEY_WEB_REF] = { address_web_refused, true },
	[KEY_LISTEN] = { address_listen_refused, true },
	[KEY_URL] = { address_url_refused, false },
	[KEY_TCP] = { address_tcp_refused, false },
	[KEY_CONTROL] = { address_control_refused, true },
	[KEY_USER] = { identity_name_refused, false },
};

static int
set_address(const struct key *key, void *at, const char *text, char *why)
{
	assert(addresses[key->type].refused != NULL);

	const char *phrase = addresses[key->type].refused(text);
	bool off = text[0] == '\0' && addresses[key->type].may_be_empty;
	if (key->type == KEY_WEB_REF && ref_is_reference(text, false))
		return set_ref(key, at, text, why);
	if (phrase != NULL && !off)
		return value_expected_fail(key, why, phrase);
	return set_string(key, at, text, why);
}

static int
set_bool(const struct key *key, void *at, const char *text, char *why)
{
	int i = keys_choice("false|true", text);
	if (i == -1)
		return value_expected_fail(key, why, "");
	*(bool *)at = i == 1;
	return 0;
}

static int
set_duration(const struct key *key, void *at, const char *text, char *why)
{
	const char *phrase;
	int64_t ms;
	if (key->choices != NULL && keys_choice(key->choices, text) != -1) {
		*(int64_t *)at = VALUE_AUTO;
		return 0;
	}
	if (units_duration(text, &ms, &phrase) == -1)
		return value_expected_fail(key, why, phrase);
	if (ms < key->min || ms > key->max) {
		char least[UNITS_TEXT_MAX];
		char most[UNITS_TEXT_MAX];
		units_text(key->min, least);
		units_text(key->max, most);
		return fail(why, "must be from %s to %s", least, most);
	}
	*(int64_t *)at = ms;
	return 0;
}

static int
set_integer(const struct key *key, void *at, const char *text, char *why)
{
	int64_t n = 0;
	size_t len = strspn(text, "0123456789");
	if (len == 0 || len > 9 || text[len] != '\0')
		return value_expected_fail(key, why, "");
	for (const char *p = text; *p != '\0'; p++)
		n = n * 10 + (*p - '0');
	if (n < key->min || n > key->max)
		return value_expected_fail(key, why, "");
	*(int *)at = (int)n;
	return 0;
}

static int
set_count(const struct key *key, void *at, const char *text, char *why)
{
	if (keys_choice(key->choices, text) == -1)
		return set_integer(key, at, text, why);
	*(int *)at = VALUE_AUTO;
	return 0;
}

/* The index of the choice, or -1. */
static int
choose(const struct key *key, const char *text, char *why)
{
	int i = keys_choice(key->choices, text);
	if (i != -1)
		return i;
	return value_expected_fail(key, why,
	    key->later != NULL && keys_choice(key->later, text) != -1
		? "is not supported by this version"
		: "");
}

static int
set_choice(const struct key *key, void *at, const char *text, char *why)
{
	int i = choose(key, text, why);
	if (i == -1)
		return -1;
	*(int *)at = i;
	return 0;
}

static int
set_either(const struct key *key, void *at, const char *text, char *why)
{
	int i = choose(key, text, why);
	if (i == -1)
		return -1;
	*(bool *)at = i == 1;
	return 0;
}

static int
set_signal(const struct key *key, void *at, const char *text, char *why)
{
	int number = units_signal(text);
	if (number == -1)
		return value_expected_fail(key, why, "");
	*(int *)at = number;
	return 0;
}

/* Bytes within the range, given in MB where the key has one. */
static int
size_of(const struct key *key, const char *text, int64_t *ret, char *why)
{
	const char *phrase;
	int64_t bytes;
	bool bare;
	if (units_size(text, &bytes, &bare, &phrase) == -1)
		return value_expected_fail(key, why, phrase);
	if (bare)
		return value_expected_fail(key, why, "has no unit");
	if (key->max > 0 &&
	    (bytes < key->min << 20 || bytes > key->max << 20)) {
		char least[UNITS_TEXT_MAX];
		char most[UNITS_TEXT_MAX];
		units_size_text(key->min << 20, least);
		units_size_text(key->max << 20, most);
		return fail(why, "must be from %s to %s", least, most);
	}
	*ret = bytes;
	return 0;
}

static int
set_share(const struct key *key, void *at, const char *text, char *why)
{
	struct plan_memory *memory = at;
	size_t len = strspn(text, "0123456789");
	int64_t bytes = 0;
	int percent = 0;
	if (text[len] == '%' && text[len + 1] == '\0') {
		for (const char *p = text; *p != '%' && percent <= 100; p++)
			percent = percent * 10 + (*p - '0');
		if (len == 0 || percent < 1 || percent > 100)
			return fail(why, "must be from 1%% to 100%%");
	} else if (size_of(key, text, &bytes, why) == -1) {
		return -1;
	}
	memory->max_bytes = bytes;
	memory->max_percent = percent;
	return 0;
}

static int
set_cron(const struct key *key, void *at, const char *text, char *why)
{
	(void)key;
	char phrase[CRON_WHY_MAX];
	struct plan_cron cron = { .set = false };
	if (cron_parse(text, &cron, phrase) == -1)
		return fail(why, "%s", phrase);
	cron.set = true;
	*(struct plan_cron *)at = cron;
	return 0;
}

static int
set_heap(const struct key *key, void *at, const char *text, char *why)
{
	int64_t bytes = 0;
	if (strcmp(text, "auto") == 0) {
		*(int64_t *)at = PLAN_HEAP_AUTO;
		return 0;
	}
	if (size_of(key, text, &bytes, why) == -1)
		return -1;
	*(int64_t *)at = bytes >> 20;
	return 0;
}

static int
set_umask(const struct key *key, void *at, const char *text, char *why)
{
	return identity_umask(text, at) == 0
		   ? 0
		   : value_expected_fail(key, why, "");
}

static int
set_limit(const struct key *key, void *at, const char *text, char *why)
{
	enum identity_unit unit = key->type == KEY_LIMIT_SIZE ? IDENTITY_BYTES
				  : key->type == KEY_LIMIT_TIME
				      ? IDENTITY_SECONDS
				      : IDENTITY_COUNT;
	const char *phrase;
	if (identity_limit(text, unit, at, &phrase) == 0)
		return 0;
	return value_expected_fail(key, why, phrase);
}

/*
 * The credential's two homes lie side by side in struct plan_scw, and one of
 * them at most is set.
 */
static int
set_key_file(const struct key *key, void *at, const char *path, char *why)
{
	const char **pair = at;
	if (set_string(key, &pair[1], path, why) == -1)
		return -1;
	pair[0] = "";
	return 0;
}
_Static_assert(offsetof(struct plan_scw, secret_key_file) ==
		   offsetof(struct plan_scw, secret_key) + sizeof(char *),
    "side by side");

/*
 * Fetching takes this credential from the text or from a file, for no other
 * reference can be resolved without it: file:///PATH is turned into the path.
 */
static int
set_secret(const struct key *key, void *at, const char *text, char *why)
{
	static const char scheme[] = "file://";
	const char **pair = at;
	if (strncmp(text, scheme, sizeof(scheme) - 1) == 0) {
		const char *path = text + sizeof(scheme) - 1;
		if (path[0] == '/' && path[strcspn(path, "%#")] == '\0' &&
		    strchr(path, '?') == NULL)
			return set_key_file(key, at, path, why);
		return fail(why, "takes file:///PATH without options, or "
				 "{ \"file\": \"/PATH\" }");
	}
	if (ref_is_reference(text, false))
		return fail(why, "must not be a reference: it is what "
				 "references are resolved with");
	if (set_string(key, &pair[0], text, why) == -1)
		return -1;
	pair[1] = "";
	return 0;
}

static value_setter *const setters[KEY_TYPES] = {
	[KEY_STRING] = set_string,
	[KEY_REF] = set_ref,
	[KEY_WEB] = set_address,
	[KEY_WEB_REF] = set_address,
	[KEY_LISTEN] = set_address,
	[KEY_URL] = set_address,
	[KEY_TCP] = set_address,
	[KEY_BOOL] = set_bool,
	[KEY_DURATION] = set_duration,
	[KEY_INTEGER] = set_integer,
	[KEY_COUNT] = set_count,
	[KEY_CHOICE] = set_choice,
	[KEY_EITHER] = set_either,
	[KEY_SIGNAL] = set_signal,
	[KEY_SECRET] = set_secret,
	[KEY_CRON] = set_cron,
	[KEY_SHARE] = set_share,
	[KEY_HEAP] = set_heap,
	[KEY_USER] = set_address,
	[KEY_UMASK] = set_umask,
	[KEY_CONTROL] = set_address,
	[KEY_LIMIT] = set_limit,
	[KEY_LIMIT_SIZE] = set_limit,
	[KEY_LIMIT_TIME] = set_limit,
};

bool
value_is_text(const struct key *key)
{
	return setters[key->type] != NULL;
}

bool
value_is_string(const struct key *key)
{
	return key->type == KEY_STRING || key->type == KEY_REF ||
	       key->type == KEY_SECRET || addresses[key->type].refused != NULL;
}

int
value_set(const struct key *key, void *base, const char *text,
    char why[VALUE_WHY_MAX])
{
	assert(value_is_text(key));

	int64_t unkept[2];
	void *at = key->offset == KEY_UNKEPT ? (void *)unkept
					     : (char *)base + key->offset;
	return setters[key->type](key, at, text, why);
}

/* A relative path counts from where cradle was started. */
static int
whole_path(const char *path, char *ret, size_t size)
{
	size_t used = 0;
	if (path[0] != '/') {
		if (getcwd(ret, size) == NULL)
			return -errno;
		used = strlen(ret);
		if (used + 1 < size && ret[used - 1] != '/')
			ret[used++] = '/';
	}
	if (used + strlen(path) >= size)
		return -ENAMETOOLONG;
	memcpy(ret + used, path, strlen(path) + 1);
	return 0;
}

int
value_set_file(const struct key *key, void *base, const char *path,
    struct arena *arena, char why[VALUE_WHY_MAX])
{
	char whole[PATH_MAX];
	char *reference = arena_room(arena, 3 * PATH_MAX);
	void *at = (char *)base + key->offset;
	if (key->type == KEY_SECRET)
		return set_key_file(key, at, path, why);
	int r = whole_path(path, whole, sizeof(whole));
	if (r == 0)
		r = ref_of_file(whole, reference, 3 * PATH_MAX);
	if (r != 0)
		return fail(why, "names a file whose path is too long");
	if (set_ref(key, at, reference, why) == -1)
		return -1;
	arena_keep(arena, strlen(reference) + 1);
	return 0;
}
