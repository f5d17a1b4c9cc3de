#include "envsubst/credential.h"

#include "core/guard.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NAME_MAX_LEN 128

/* Prefixes with the fewest characters that must follow. */
static const struct {
	const char *prefix;
	size_t more;
	const char *what;
} known[] = {
	{ "sk_live_", 10, "is a Stripe secret key" },
	{ "sk_test_", 10, "is a Stripe secret key" },
	{ "rk_live_", 10, "is a Stripe restricted key" },
	{ "rk_test_", 10, "is a Stripe restricted key" },
	{ "whsec_", 16, "is a webhook secret" },
	{ "ghp_", 20, "is a GitHub token" },
	{ "gho_", 20, "is a GitHub token" },
	{ "ghu_", 20, "is a GitHub token" },
	{ "ghs_", 20, "is a GitHub token" },
	{ "ghr_", 20, "is a GitHub token" },
	{ "github_pat_", 20, "is a GitHub token" },
	{ "glpat-", 12, "is a GitLab token" },
	{ "gldt-", 12, "is a GitLab token" },
	{ "glrt-", 12, "is a GitLab token" },
	{ "xoxb-", 10, "is a Slack token" },
	{ "xoxp-", 10, "is a Slack token" },
	{ "xoxa-", 10, "is a Slack token" },
	{ "xoxs-", 10, "is a Slack token" },
	{ "xapp-", 10, "is a Slack token" },
	{ "https://hooks.slack.com/services/", 10, "is a Slack webhook" },
	{ "sk-ant-", 20, "is an Anthropic key" },
	{ "sk-proj-", 20, "is an OpenAI key" },
	{ "SG.", 30, "is a SendGrid key" },
	{ "npm_", 30, "is an npm token" },
	{ "dop_v1_", 30, "is a DigitalOcean token" },
	{ "hvs.", 20, "is a Vault token" },
	{ "hvb.", 20, "is a Vault token" },
	{ "shpat_", 20, "is a Shopify token" },
	{ "shpss_", 20, "is a Shopify secret" },
	{ "GOCSPX-", 20, "is a Google client secret" },
	{ "ya29.", 20, "is a Google access token" },
	{ "EAACEdEose0cBA", 10, "is a Facebook token" },
	{ "AGE-SECRET-KEY-1", 20, "is an age key" },
	{ "dckr_pat_", 20, "is a Docker token" },
	{ "sk.eyJ", 20, "is a Mapbox secret token" },
	{ "sbp_", 30, "is a Supabase token" },
	{ "sb_secret_", 10, "is a Supabase secret key" },
	{ "vercel_blob_rw_", 10, "is a Vercel token" },
};

struct span {
	const char *text;
	size_t len;
};

static bool
begins(struct span s, const char *with)
{
	size_t n = strlen(with);
	return s.len >= n && memcmp(s.text, with, n) == 0;
}

static bool
is_all(struct span s, size_t from, const char *of)
{
	for (size_t i = from; i < s.len; i++)
		if (s.text[i] == '\0' || strchr(of, s.text[i]) == NULL)
			return false;
	return true;
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool
is_private_key(struct span s)
{
	const char *mark = memmem(s.text, s.len, "-----BEGIN ", 11);
	if (mark == NULL)
		return begins(s, "PuTTY-User-Key-File-");
	size_t left = s.len - (size_t)(mark - s.text);
	const char *end = memchr(mark, '\n', left);
	size_t line = end == NULL ? left : (size_t)(end - mark);
	return memmem(mark, line, "PRIVATE KEY", 11) != NULL;
}

static const char *
by_value(struct span s)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (begins(s, known[i].prefix) &&
		    s.len >= strlen(known[i].prefix) + known[i].more)
			return known[i].what;
	if ((begins(s, "AKIA") || begins(s, "ASIA")) && s.len == 20 &&
	    is_all(s, 4, UPPER DIGITS))
		return "is an AWS access key";
	if (begins(s, "SCW") && s.len == 20 && is_all(s, 3, UPPER DIGITS))
		return "is a Scaleway access key";
	if (is_private_key(s))
		return "is a private key";
	return NULL;
}

static int
base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	const char *at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* The claims of a JSON web token, as far as they fit; 0: it is none. */
static size_t
read_claims(struct span s, char *to, size_t size)
{
	unsigned bits = 0;
	unsigned have = 0;
	size_t n = 0;
	const char *dot = begins(s, "eyJ") ? memchr(s.text, '.', s.len) : NULL;
	if (dot == NULL)
		return 0;
	for (const char *c = dot + 1; c < s.text + s.len && n < size; c++) {
		int value = base64_value(*c);
		if (value < 0)
			break;
		bits = bits << 6 | (unsigned)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		to[n++] = (char)(bits >> have);
	}
	return n;
}

/* Supabase's two keys differ in nothing but what they claim. */
static bool
claims(struct span s, const char *role)
{
	char text[512];
	size_t n = read_claims(s, text, sizeof(text));
	return n > 0 && memmem(text, n, role, strlen(role)) != NULL;
}

/* user:password@ in a URL. */
static bool
has_password(struct span s)
{
	const char *scheme = memmem(s.text, s.len, "://", 3);
	if (scheme == NULL)
		return false;
	const char *from = scheme + 3;
	size_t len = 0;
	while (from + len < s.text + s.len && strchr("/?#", from[len]) == NULL)
		len++;
	const char *at = memrchr(from, '@', len);
	const char *colon =
	    at == NULL ? NULL : memchr(from, ':', (size_t)(at - from));
	return colon != NULL && colon + 1 < at;
}

/* ---- the name --------------------------------------------------------- */

/* Whether one of the words, which stand between underscores, is in it. */
static bool
has_word(const char *name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(words[i]);
		for (const char *at = name; (at = strstr(at, words[i])) != NULL;
		     at++)
			if ((at == name || at[-1] == '_') &&
			    (at[len] == '_' || at[len] == '\0'))
				return true;
	}
	return false;
}

static void
to_upper(const char *name, char to[NAME_MAX_LEN])
{
	size_t n = 0;
	for (size_t i = 0; name[i] != '\0' && n + 2 < NAME_MAX_LEN; i++) {
		bool hump = i > 0 && isupper((unsigned char)name[i]) &&
			    islower((unsigned char)name[i - 1]);
		if (hump)
			to[n++] = '_';
		to[n++] = name[i] == '-' || name[i] == '.'
			      ? '_'
			      : (char)toupper((unsigned char)name[i]);
	}
	to[n] = '\0';
}

/* How telling the name is: 2 a secret by any reading, 1 perhaps, 0 no. */
static int
weigh_name(const char *name)
{
	static const char *const plain[] = { "PUBLIC", "PUBLISHABLE", "ANON",
		"SITE_KEY", "SITEKEY", "DSN", "CLIENT_ID", "MEASUREMENT_ID",
		"VAPID", "URL", "URI", "HOST", "ENDPOINT", "DOMAIN", "PATH",
		"NAME", "ISSUER", "AUDIENCE", "ENABLED", "TTL", "LENGTH",
		"FIREBASE_API_KEY", "MAPS_KEY", "MAPS_API_KEY", "MAPBOX",
		"POSTHOG", "AMPLITUDE", "ALGOLIA_SEARCH", "SEARCH_KEY",
		"SEARCH_API_KEY", "WRITE_KEY", "MIXPANEL", "CLIENT_TOKEN",
		"CLIENT_SIDE", "BUGSNAG" };
	static const char *const secret[] = { "SECRET", "SECRETS", "PASSWORD",
		"PASSWD", "PASSPHRASE", "PRIVATE", "CREDENTIAL",
		"CREDENTIALS" };
	static const char *const perhaps[] = { "TOKEN", "PWD", "PASS", "AUTH",
		"KEY", "APIKEY" };
	char upper[NAME_MAX_LEN];

	to_upper(name, upper);
	if (has_word(upper, secret, ARRAY_LEN(secret)))
		return 2;
	if (has_word(upper, plain, ARRAY_LEN(plain)))
		return 0;
	return has_word(upper, perhaps, ARRAY_LEN(perhaps)) ? 1 : 0;
}

/* ---- how random it looks ---------------------------------------------- */

/* One text of 16 or more characters, of which most differ, mixed of kinds. */
static bool
looks_random(struct span s, size_t least)
{
	bool seen[256] = { false };
	size_t distinct = 0;
	size_t digits = 0;
	size_t letters = 0;

	if (s.len < least)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.text[i];
		if (c <= ' ' || c >= 0x7f)
			return false;
		digits += isdigit(c) != 0;
		letters += isalpha(c) != 0;
		distinct += !seen[c];
		seen[c] = true;
	}
	return digits >= 2 && letters >= 2 && distinct >= 8;
}

const char *
credential_look(const char *name, const char *value, size_t len)
{
	struct span s = { value, len };
	const char *what = by_value(s);

	if (what != NULL)
		return what;
	if (begins(s, "pk_live_") || begins(s, "pk_test_") ||
	    begins(s, "pk.") || begins(s, "AIza") ||
	    begins(s, "sb_publishable_") || begins(s, "phc_") ||
	    claims(s, "\"anon\""))
		return NULL;
	if (claims(s, "\"service_role\""))
		return "is a Supabase service key";
	int weight = weigh_name(name);
	if (has_password(s))
		return "has a password in its URL";
	if (weight == 2 && looks_random(s, 8))
		return "has a secret's name and a value that looks like one";
	if (weight == 1 && looks_random(s, 20))
		return "has a key's name and a value that looks like a secret";
	return NULL;
}
