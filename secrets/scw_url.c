#include "secrets/scw_url.h"

#include "core/buf.h"

#include <string.h>

#define PUBLIC_API "https://api.scaleway.com"
#define USUAL_REGION "fr-par"

static const char *
first_of(const char *a, const char *b, const char *c)
{
	if (a[0] != '\0')
		return a;
	return b[0] != '\0' ? b : c;
}

const char *
scw_url_region(const struct session *session, const struct ref *ref)
{
	return first_of(ref->region, session->region, USUAL_REGION);
}

const char *
scw_url_project(const struct session *session, const struct ref *ref)
{
	return first_of(ref->project, session->project, "");
}

static void
encode(struct buf *b, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (strchr(plain, c) != NULL) {
			buf_add(b, text, 1);
			continue;
		}
		char out[3] = { '%', hex[c >> 4], hex[c & 15] };
		buf_add(b, out, sizeof(out));
	}
}

/* "fr-par": more of them may come, but none of another shape. */
static bool
is_region(const char *text)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz";

	return strspn(text, small) == 2 && text[2] == '-' &&
	       strspn(text + 3, small) == 3 && text[6] == '\0';
}

static bool
add_base(struct buf *b, const char *api)
{
	size_t len = strlen(api);

	while (len > 0 && api[len - 1] == '/')
		len--;
	buf_add(b, api, len);
	return strpbrk(api, "?#") == NULL;
}

const char *
scw_url_make(const struct session *session, const struct ref *ref, char *ret,
    size_t size)
{
	struct buf b;
	const char *region = scw_url_region(session, ref);
	const char *project = scw_url_project(session, ref);

	buf_init(&b, ret, size);
	if (!is_region(region))
		return "the region is not of the form fr-par";
	if (!ref->by_id && project[0] == '\0')
		return "no project is configured (set CRADLE_SCW_PROJECT_ID, "
		       "or use ?project=)";
	if (!add_base(&b, first_of(session->api_url, PUBLIC_API, "")))
		return "the API URL has a query (CRADLE_SCW_API_URL)";

	buf_fmt(&b, "/secret-manager/v1beta1/regions/%s/", region);
	if (ref->by_id) {
		buf_str(&b, "secrets/");
		encode(&b, ref->name);
	} else
		buf_str(&b, "secrets-by-path");
	buf_str(&b, "/versions/");
	encode(&b, ref->revision);
	buf_str(&b, "/access");
	if (!ref->by_id) {
		buf_str(&b, "?project_id=");
		encode(&b, project);
		buf_str(&b, "&secret_path=");
		encode(&b, ref->path);
		buf_str(&b, "&secret_name=");
		encode(&b, ref->name);
	}
	return b.cut ? "its URL is too long" : NULL;
}
