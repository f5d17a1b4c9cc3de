#include "healthcheck/peer.h"

#include "core/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool
is_wildcard(const struct listen_at *at)
{
	if (at->address.ss_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, &at->address, sizeof(in6));
		return IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
	}
	if (at->address.ss_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, &at->address, sizeof(in));
		return in.sin_addr.s_addr == htonl(INADDR_ANY);
	}
	return false;
}

static int
set_both_loopbacks(struct peer *p)
{
	char text[32];
	const char *why;
	int port = p->at[0].port;

	(void)snprintf(text, sizeof(text), "127.0.0.1:%d", port);
	if (listen_parse(text, &p->at[0], &why) == -1)
		return -1;
	(void)snprintf(text, sizeof(text), "[::1]:%d", port);
	if (listen_parse(text, &p->at[1], &why) == -1)
		return -1;
	p->count = 2;
	return 0;
}

int
peer_address(const char *text, struct peer *ret, const char **ret_why)
{
	static const char local[] = "localhost:";
	struct peer p = { .count = 1, .path = "" };
	const char *plain = text;

	if (strncmp(text, local, strlen(local)) == 0)
		plain += strlen("localhost");
	if (listen_parse(plain, &p.at[0], ret_why) == -1)
		return -1;
	bool is_unix = p.at[0].address.ss_family == AF_UNIX;
	bool nameless = text[0] == ':' || is_unix;
	if (is_wildcard(&p.at[0]) && set_both_loopbacks(&p) == -1)
		return -1;
	(void)snprintf(p.host, sizeof(p.host), "%s%s",
	    nameless ? "localhost" : "", is_unix ? "" : text);
	*ret = p;
	return 0;
}

/* "[::1]" and "127.0.0.1" have no port, "[::1]:80" has one. */
static bool
has_port(const char *host)
{
	const char *colon = strrchr(host, ':');
	const char *bracket = strrchr(host, ']');
	return colon != NULL && (bracket == NULL || colon > bracket);
}

static bool
is_sendable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '#')
			return false;
	return true;
}

int
peer_url(const char *url, struct peer *ret, const char **ret_why)
{
	static const char scheme[] = "http://";
	char host[PEER_HOST_MAX];

	if (strncmp(url, "unix:", 5) == 0)
		return peer_address(url, ret, ret_why);
	*ret_why = "does not begin with http:// or unix:/";
	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return -1;
	url += strlen(scheme);
	*ret_why = "has a character that must be percent-encoded";
	if (!is_sendable(url))
		return -1;
	size_t len = strcspn(url, "/?");
	*ret_why = "has no host, or too long a one";
	if (len == 0 || len + sizeof(":80") > sizeof(host) || url[0] == ':')
		return -1;
	memcpy(host, url, len);
	host[len] = '\0';
	if (!has_port(host))
		memcpy(host + len, ":80", sizeof(":80"));
	if (peer_address(host, ret, ret_why) == -1)
		return -1;
	ret->path = url + len;
	return 0;
}

bool
peer_is_loopback(const struct peer *p)
{
	for (int i = 0; i < p->count; i++)
		if (!listen_is_loopback(&p->at[i]))
			return false;
	return true;
}

int
peer_connect(const struct peer *p, int which)
{
	const struct listen_at *at = &p->at[which];
	autoclose int fd = socket(at->address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&at->address, at->len) == -1 &&
	    errno != EINPROGRESS && errno != EINTR)
		return -errno;
	return TAKE_FD(fd);
}

int
peer_connected(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		return -errno;
	return -err;
}

bool
peer_request(const struct peer *p, const char *path, struct buf *ret)
{
	buf_fmt(ret,
	    "GET %s%s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "User-Agent: cradle/" CRADLE_VERSION "\r\n"
	    "Accept: */*\r\n"
	    "Connection: close\r\n\r\n",
	    path[0] == '/' ? "" : "/", path, p->host);
	return !ret->cut;
}
