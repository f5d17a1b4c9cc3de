#include "remote/http_url.h"

#include "remote/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void
drop_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void
drop_text(char **text)
{
	curl_free(*text);
}

#define autourl __attribute__((cleanup(drop_url)))
#define autotext __attribute__((cleanup(drop_text)))

/*
 * libcurl's own parser decides, so that what is checked here is what is
 * connected to: it also writes odd numeric hosts as plain IPv4 addresses.
 */
static bool
host_is_loopback(const char *host)
{
	struct in_addr v4;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 &&
	       ntohl(v4.s_addr) >> 24 == 127;
}

bool
http_url_is_loopback(const char *url)
{
	autourl CURLU *parts = curl_url();
	autotext char *host = NULL;

	return parts != NULL &&
	       curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	       curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	       host_is_loopback(host);
}

const char *
http_url_refused(const char *url)
{
	autourl CURLU *parts = curl_url();
	autotext char *scheme = NULL;
	autotext char *host = NULL;

	if (parts == NULL)
		return "out of memory";
	CURLUcode r =
	    curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (r == CURLUE_USER_NOT_ALLOWED)
		return "a URL with a user name in it is refused";
	if (r == CURLUE_UNSUPPORTED_SCHEME)
		return "only https is allowed";
	if (r != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return "it is not a URL with a scheme and a host";
	if (strcmp(scheme, "https") == 0)
		return NULL;
	if (strcmp(scheme, "http") != 0)
		return "only https is allowed";
	if (!host_is_loopback(host))
		return "plain http is allowed to loopback only";
	return NULL;
}

void
http_url_host(
    const char *location, const char *relative_to, char *ret, size_t size)
{
	autourl CURLU *parts = curl_url();
	autotext char *host = NULL;

	ret[0] = '\0';
	if (parts == NULL ||
	    curl_url_set(parts, CURLUPART_URL, relative_to, 0) != CURLUE_OK ||
	    curl_url_set(parts, CURLUPART_URL, location,
		CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return;
	(void)snprintf(ret, size, "%s", host);
}
