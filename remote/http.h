#ifndef REMOTE_HTTP_H
#define REMOTE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * HTTPS requests to services that we do not run, for the helper processes that
 * may reach the network.  One place keeps the rules of every such path: no
 * redirect is followed, https only (plain http to loopback alone), TLS 1.2 or
 * later with verified names, replies cut at a maximum, connect and total
 * timeouts, no signals, no verbose output, User-Agent cradle/VERSION.  Proxy
 * variables are obeyed except towards loopback, and never see a header meant
 * for the server.
 *
 * CA roots: ca_file, else $SSL_CERT_FILE, else the first system bundle that
 * exists, else the one inside the binary.
 */

/* What a reply means for the caller; `http_class` decides it in one place. */
enum http_class {
	HTTP_OK,        /* 2xx */
	HTTP_TRANSPORT, /* no connection, DNS, TLS cut, timeout: retry */
	HTTP_UNTRUSTED, /* the certificate does not verify: permanent */
	HTTP_THROTTLED, /* 429: retry after retry_after_ms */
	HTTP_SERVER,    /* 500, 502, 503, 504: retry */
	HTTP_AUTH,      /* 401 */
	HTTP_FORBIDDEN, /* 403 */
	HTTP_MISSING,   /* 404 */
	HTTP_REDIRECT,  /* 3xx: permanent */
	HTTP_PERMANENT, /* every other status; a reply over its maximum */
	HTTP_CLASSES,
};

struct http_request {
	const char *method; /* "GET", "POST" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated */
	const void *body;           /* NULL: none; stays until done */
	size_t body_len;
	size_t reply_max; /* bytes of reply body kept; more is an error */
	int connect_ms;
	int total_ms;
};

struct http_reply {
	enum http_class class;
	int status;             /* 0: no HTTP answer */
	int64_t retry_after_ms; /* -1: not said; capped at 60 s */
	const char *content_type;
	const char *request_id;    /* "" when not given */
	const char *redirect_host; /* host of Location only; "" */
	char *body; /* NUL-terminated; wiped and freed after done returns */
	size_t body_len;
	const char *why; /* one phrase for a log line, never the URL's query */
};

struct http_pool;

typedef void http_done(void *arg, struct http_reply *reply);

/*
 * A pool of at most `connections` parallel transfers; the rest wait in line.
 * ca_file may be NULL or "".  0, -ENOMEM, or what open(2) would say when the
 * named CA file cannot be read; on failure nothing is kept.
 */
int http_pool_new(struct http_pool **ret, int connections, const char *ca_file);
void http_pool_free(struct http_pool *pool);

/*
 * Queue one request; everything but body is copied.  done is called once, from
 * http_pool_turn, never from here.  0, -EINVAL with *ret_why set when the URL
 * is refused (a scheme, userinfo, or host that is not allowed), or -ENOMEM
 * with *ret_why set too.
 */
int http_pool_send(struct http_pool *pool, const struct http_request *request,
    http_done *done, void *arg, const char **ret_why);

/*
 * Move everything forward, waiting at most until deadline (clock_ms) for
 * network activity or for extra_fd (-1: none) to become readable.
 * Returns true when extra_fd is readable.
 */
bool http_pool_turn(struct http_pool *pool, int64_t deadline, int extra_fd);

/* Requests queued or under way. */
int http_pool_busy(const struct http_pool *pool);

/* Status and transport outcome to class; the one table of retry classes. */
enum http_class http_class_of(int status);

/* Whether url is allowed as a target: NULL, or why not. */
const char *http_url_refused(const char *url);

/*
 * The wait before try number `attempt` (from 1): full jitter, rand(0,
 * min(15 s, 500 ms * 2^(attempt-1))), at least what retry_after_ms says.
 */
int64_t http_backoff_ms(int attempt, int64_t retry_after_ms);

#endif
