#include "config/ref.h"

#include "config/ref_options.h"
#include "core/guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REFERENCE_MAX 4096 /* core/wire_types.h: WIRE_TEXT_MAX */

static const char *const schemes[] = {
	[REF_SCW] = "scw",
	[REF_FILE] = "file",
};
_Static_assert(ARRAY_LEN(schemes) == REF_SCHEMES, "a name per scheme");

static const char *const later[] = { "vault", "bao", "gcp-sm", "aws-sm",
	"aws-ssm", "env", "exec", "op", "doppler", "infisical" };

/* Whether text is SCHEME:// and more. */
static bool
has_scheme(const char *text, const char *scheme)
{
	size_t len = strlen(scheme);
	return strncmp(text, scheme, len) == 0 &&
	       strncmp(text + len, "://", 3) == 0;
}

bool
ref_is_reference(const char *text, bool from_env)
{
	if (has_scheme(text, schemes[REF_SCW]))
		return true;
	if (from_env)
		return false;
	if (has_scheme(text, schemes[REF_FILE]))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (has_scheme(text, later[i]))
			return true;
	return false;
}

bool
ref_is_composite(const char *text)
{
	for (const char *p = strstr(text, "{{"); p != NULL;
	     p = strstr(p + 1, "{{"))
		if (ref_is_reference(p + 2 + strspn(p + 2, " \t"), false))
			return true;
	return false;
}

void
ref_show(const char *text, char *shown, size_t size)
{
	const char *option = strchr(text, '?');
	if (option != NULL)
		option = strstr(option, "default=");
	if (option == NULL) {
		(void)snprintf(shown, size, "%s", text);
		return;
	}
	const char *value = option + strlen("default=");
	(void)snprintf(shown, size, "%.*s...%s", (int)(value - text), text,
	    value + strcspn(value, "&"));
}

int
ref_of_file(const char *path, char *ret, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = (size_t)snprintf(ret, size, "file://");
	for (const char *p = path; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		if (len + sizeof("%XX?trim") > size)
			return -ENAMETOOLONG;
		if (strchr("%#?:@", c) == NULL) {
			ret[len++] = *p;
			continue;
		}
		ret[len++] = '%';
		ret[len++] = hex[c >> 4];
		ret[len++] = hex[c & 15];
	}
	(void)snprintf(ret + len, size - len, "?trim");
	return 0;
}

static const char *
decode_field(const char *text, size_t len, char *ret, size_t size)
{
	if (len == 0)
		return "has an empty field";
	return ref_options_decode(text, len, ret, size);
}

/*
 * Cut the field off the end of *len bytes of body: behind the first '#', or,
 * for scw as its vendor writes it, behind the last ':'.
 */
static const char *
cut_field(const char *body, size_t *len, struct ref *ref)
{
	const char *hash = memchr(body, '#', *len);
	const char *colon =
	    ref->scheme == REF_SCW ? memrchr(body, ':', *len) : NULL;
	const char *mark = hash != NULL ? hash : colon;

	if (hash != NULL && colon != NULL)
		return "has both a :field and a #field";
	if (mark == NULL)
		return NULL;
	const char *field = mark + 1;
	size_t field_len = *len - (size_t)(field - body);
	*len = (size_t)(mark - body);
	return decode_field(field, field_len, ref->field, sizeof(ref->field));
}

static const char *
cut_revision(const char *body, size_t *len, struct ref *ref)
{
	const char *at = memchr(body, '@', *len);
	(void)snprintf(ref->revision, sizeof(ref->revision), "latest_enabled");
	if (at == NULL)
		return NULL;
	const char *text = at + 1;
	size_t text_len = *len - (size_t)(text - body);
	*len = (size_t)(at - body);
	if (text_len == 0 || text_len >= sizeof(ref->revision))
		return "has a revision that is not a number, latest or "
		       "latest_enabled";
	memcpy(ref->revision, text, text_len);
	ref->revision[text_len] = '\0';
	if (strcmp(ref->revision, "latest") == 0 ||
	    strcmp(ref->revision, "latest_enabled") == 0)
		return NULL;
	if (strspn(ref->revision, "0123456789") != text_len || text_len > 10 ||
	    ref->revision[0] == '0')
		return "has a revision that is not a number, latest or "
		       "latest_enabled";
	return NULL;
}

/* One decoded segment, "/NAME", onto the end of path. */
static const char *
add_segment(const char *text, size_t len, char *path, size_t size)
{
	char segment[256];
	size_t used = strlen(path);
	const char *why =
	    ref_options_decode(text, len, segment, sizeof(segment));
	if (why != NULL)
		return why;
	if (segment[0] == '\0')
		return "has an empty part in its path";
	if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
		return "has a . or .. in its path";
	if (strchr(segment, '/') != NULL)
		return "has a %2F inside a part of its path";
	if (used + 1 + strlen(segment) >= size)
		return "has a path that is too long";
	(void)snprintf(path + used, size - used, "/%s", segment);
	return NULL;
}

static const char *
read_path(const char *body, size_t len, char *path, size_t size)
{
	const char *why = NULL;
	const char *end = body + len;
	path[0] = '\0';
	while (why == NULL) {
		const char *slash = memchr(body, '/', (size_t)(end - body));
		const char *stop = slash == NULL ? end : slash;
		why = add_segment(body, (size_t)(stop - body), path, size);
		if (slash == NULL)
			break;
		body = slash + 1;
	}
	return why;
}

static bool
is_uuid(const char *text)
{
	if (strlen(text) != 36)
		return false;
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-'
			 : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	}
	return true;
}

static const char *
read_scw(const char *body, size_t len, struct ref *ref)
{
	const char *why = cut_revision(body, &len, ref);
	if (why != NULL)
		return why;
	if (memchr(body, ':', len) != NULL)
		return "has more than one : (write %3A inside a name)";
	if (len > 0 && body[0] == '/') {
		body++;
		len--;
	}
	if (len == 0)
		return "names no secret";
	if (body[len - 1] == '/')
		return "names a folder, not a secret";
	why = read_path(body, len, ref->path, sizeof(ref->path));
	if (why != NULL)
		return why;
	char *slash = strrchr(ref->path, '/');
	(void)snprintf(ref->name, sizeof(ref->name), "%s", slash + 1);
	slash[slash == ref->path ? 1 : 0] = '\0';
	ref->by_id = ref->path[1] == '\0' && is_uuid(ref->name);
	return NULL;
}

static const char *
read_file(const char *body, size_t len, struct ref *ref)
{
	if (ref->region[0] != '\0' || ref->project[0] != '\0')
		return "has region= or project=, which only scw:// takes";
	if (len < 2 || body[0] != '/')
		return "needs an absolute path: file:///PATH";
	return read_path(body + 1, len - 1, ref->path, sizeof(ref->path));
}

static const char *
parse(const char *text, struct ref *ref)
{
	size_t whole = strnlen(text, REFERENCE_MAX + 1);
	if (whole > REFERENCE_MAX)
		return "is longer than 4096 bytes";
	const char *why = ref_options_check(text, whole);
	if (why != NULL)
		return why;
	for (ref->scheme = 0; ref->scheme < REF_SCHEMES; ref->scheme++)
		if (has_scheme(text, schemes[ref->scheme]))
			break;
	if (ref->scheme == REF_SCHEMES)
		return "is no secret reference";

	const char *body = strstr(text, "://") + 3;
	size_t len = strcspn(body, "?");
	if (body[len] == '?')
		why = ref_options_read(body + len + 1, ref);
	if (why == NULL)
		why = cut_field(body, &len, ref);
	if (why != NULL)
		return why;
	return ref->scheme == REF_SCW ? read_scw(body, len, ref)
				      : read_file(body, len, ref);
}

int
ref_parse(const char *text, struct ref *ret, char *why, size_t why_size)
{
	struct ref ref = { 0 };
	for (size_t i = 0; i < ARRAY_LEN(later); i++) {
		if (!has_scheme(text, later[i]))
			continue;
		(void)snprintf(why, why_size,
		    "begins with %s://, which is not supported by this "
		    "version",
		    later[i]);
		return -1;
	}
	const char *phrase = parse(text, &ref);
	if (phrase != NULL) {
		(void)snprintf(why, why_size, "%s", phrase);
		return -1;
	}
	*ret = ref;
	return 0;
}
