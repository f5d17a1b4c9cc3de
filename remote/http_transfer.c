#include "remote/http_transfer.h"

#include "remote/heap.h"
#include "remote/http_url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FIRST 4096
#define RETRY_AFTER_CAP_MS 60000

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * count;

	if (len > t->in_max - t->in_len) {
		t->over = true;
		return CURL_WRITEFUNC_ERROR;
	}
	size_t want = t->in_size > 0 ? t->in_size : IN_FIRST;
	while (want <= t->in_len + len)
		want *= 2;
	if (want != t->in_size) {
		char *more = heap_resize(t->in, want);
		if (more == NULL)
			return CURL_WRITEFUNC_ERROR;
		t->in = more;
		t->in_size = want;
	}
	memcpy(t->in + t->in_len, data, len);
	t->in_len += len;
	t->in[t->in_len] = '\0';
	return len;
}

static int
add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);
	if (longer == NULL)
		return -ENOMEM;
	t->headers = longer;
	return 0;
}

/* "Expect:" keeps libcurl from waiting for a 100 before it sends a body. */
static int
copy_request(struct http_transfer *t, const struct http_request *request)
{
	t->url = heap_copy(request->url);
	if (t->url == NULL || add_header(t, "Expect:") < 0)
		return -ENOMEM;
	for (const char *const *h = request->headers; h != NULL && *h != NULL;
	     h++)
		if (add_header(t, *h) < 0)
			return -ENOMEM;
	return 0;
}

/*
 * CAPATH NULL: with a path libcurl reads the roots anew for each connection.
 * Without QUICK_EXIT, giving up on a host name waits for the resolver's thread,
 * which no time-out of ours reaches.
 */
static CURLcode
set_rules(struct http_transfer *t, const struct roots *roots)
{
	CURL *e = t->easy;
	struct curl_blob pem = {
		.data = (void *)(uintptr_t)roots->pem,
		.len = roots->pem_len,
		.flags = CURL_BLOB_NOCOPY,
	};
	CURLcode r = CURLE_OK;

	r |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	r |= curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	r |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	r |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	r |= curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	r |= curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	r |= curl_easy_setopt(
	    e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	r |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	r |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	if (roots->file != NULL)
		r |= curl_easy_setopt(e, CURLOPT_CAINFO, roots->file);
	else {
		(void)curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
		r |= curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &pem);
	}
	if (http_url_is_loopback(t->url)) {
		r |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
		r |= curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	} else
		r |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	return r;
}

static CURLcode
set_request(struct http_transfer *t, const struct http_request *request)
{
	CURL *e = t->easy;
	CURLcode r = CURLE_OK;

	r |= curl_easy_setopt(e, CURLOPT_URL, t->url);
	r |= curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	r |= curl_easy_setopt(e, CURLOPT_USERAGENT, "cradle/" CRADLE_VERSION);
	r |= curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms);
	r |= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)request->total_ms);
	r |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	r |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	r |= curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	r |= curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	if (request->body != NULL) {
		r |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body_len);
		r |= curl_easy_setopt(e, CURLOPT_POSTFIELDS, request->body);
	}
	r |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, request->method);
	return r;
}

static int
fill(struct http_transfer *t, const struct http_request *request,
    const struct roots *roots)
{
	t->in_max = request->reply_max;
	t->easy = curl_easy_init();
	if (t->easy == NULL || copy_request(t, request) < 0 ||
	    set_rules(t, roots) != CURLE_OK ||
	    set_request(t, request) != CURLE_OK)
		return -ENOMEM;
	return 0;
}

int
http_transfer_new(struct http_transfer **ret,
    const struct http_request *request, const struct roots *roots)
{
	struct http_transfer *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	int r = fill(t, request, roots);
	if (r < 0) {
		http_transfer_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void
http_transfer_free(struct http_transfer *t)
{
	if (t == NULL)
		return;
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	heap_free(t->url);
	heap_free(t->in);
	free(t);
}

static void
put_header(struct http_transfer *t, const char *name, char *ret, size_t size)
{
	struct curl_header *h;

	ret[0] = '\0';
	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return;
	(void)snprintf(ret, size, "%s", h->value);
}

/* What another machine wrote goes into log lines as plain text only. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Retry-After: seconds or a date. */
static int64_t
retry_after_ms(const char *text)
{
	char *end;
	if (text[0] == '\0')
		return -1;
	errno = 0;
	int64_t seconds = strtoll(text, &end, 10);
	if (end == text || *end != '\0') {
		time_t when = curl_getdate(text, NULL);
		if (when == -1)
			return -1;
		seconds = (int64_t)when - (int64_t)time(NULL);
	}
	if (seconds < 0)
		return 0;
	return seconds < RETRY_AFTER_CAP_MS / 1000 ? seconds * 1000
						   : RETRY_AFTER_CAP_MS;
}

static bool
is_untrusted(CURLcode result)
{
	switch ((int)result) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return true;
	}
	return false;
}

/*
 * A status that is a refusal stands even when its body did not arrive whole; a
 * good one without its whole body is no answer.
 */
static enum http_class
class_of(const struct http_transfer *t, CURLcode result, int status)
{
	if (is_untrusted(result))
		return HTTP_UNTRUSTED;
	if (result == CURLE_OK || status >= 300)
		return http_class_of(status);
	return t->over ? HTTP_PERMANENT : HTTP_TRANSPORT;
}

static void
say_why(const struct http_transfer *t, CURLcode result, int status, char *ret,
    size_t size)
{
	if (t->over)
		(void)snprintf(
		    ret, size, "the reply is larger than %zu bytes", t->in_max);
	else if (result == CURLE_OK)
		(void)snprintf(ret, size, "it answered %d", status);
	else if (t->error[0] != '\0')
		(void)snprintf(ret, size, "%s", t->error);
	else
		(void)snprintf(ret, size, "%s", curl_easy_strerror(result));
	make_printable(ret);
}

void
http_transfer_tell(struct http_transfer *t, CURLcode result)
{
	char type[128], id[128], location[2048], host[256], wait[64];
	char why[CURL_ERROR_SIZE];
	char nothing[1] = "";
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	put_header(t, "Content-Type", type, sizeof(type));
	put_header(t, "X-Request-Id", id, sizeof(id));
	put_header(t, "Retry-After", wait, sizeof(wait));
	put_header(t, "Location", location, sizeof(location));
	host[0] = '\0';
	if (location[0] != '\0')
		http_url_host(location, t->url, host, sizeof(host));
	make_printable(type);
	make_printable(id);
	make_printable(host);
	say_why(t, result, (int)status, why, sizeof(why));

	t->done(t->arg, &(struct http_reply){
			    .class = class_of(t, result, (int)status),
			    .status = (int)status,
			    .retry_after_ms = retry_after_ms(wait),
			    .content_type = type,
			    .request_id = id,
			    .redirect_host = host,
			    .body = t->in != NULL ? t->in : nothing,
			    .body_len = t->in_len,
			    .why = why,
			});
}
