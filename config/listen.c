#include "config/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

static int
parse_unix(const char *path, struct listen_at *ret, const char **ret_why)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	*ret_why = "needs an absolute path after unix:";
	if (path[0] != '/')
		return -1;
	*ret_why = "has a path that is too long for a UNIX socket";
	if (len >= sizeof(un.sun_path))
		return -1;
	memcpy(un.sun_path, path, len + 1);
	*ret = (struct listen_at){
		.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				   len + 1)
	};
	memcpy(&ret->address, &un, sizeof(un));
	return 0;
}

/* 1 to 65535, digits alone; 0 when it is not. */
static int
parse_port(const char *text)
{
	int port = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || p - text >= 5)
			return 0;
		port = port * 10 + (*p - '0');
	}
	return port <= 65535 ? port : 0;
}

static void
set_ipv4(struct listen_at *at, struct in_addr address)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)at->port),
		.sin_addr = address,
	};
	memset(&at->address, 0, sizeof(at->address));
	memcpy(&at->address, &in, sizeof(in));
	at->len = sizeof(in);
}

static void
set_ipv6(struct listen_at *at, const struct in6_addr *address)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)at->port),
		.sin6_addr = *address,
	};
	memset(&at->address, 0, sizeof(at->address));
	memcpy(&at->address, &in6, sizeof(in6));
	at->len = sizeof(in6);
}

/* [HOST] or HOST into at; HOST was cut off before the last colon. */
static int
set_host(struct listen_at *at, char *host)
{
	struct in_addr four;
	struct in6_addr six;
	size_t len = strlen(host);
	if (len == 0) {
		at->any = true;
		set_ipv6(at, &in6addr_any);
		return 0;
	}
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &six) != 1)
			return -1;
		set_ipv6(at, &six);
		return 0;
	}
	four.s_addr = htonl(INADDR_LOOPBACK);
	if (strcmp(host, "localhost") != 0 &&
	    inet_pton(AF_INET, host, &four) != 1)
		return -1;
	set_ipv4(at, four);
	return 0;
}

int
listen_parse(const char *text, struct listen_at *ret, const char **ret_why)
{
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, ret, ret_why);

	struct listen_at at = { .port = 0 };
	char host[LISTEN_HOST_MAX];
	const char *colon = strrchr(text, ':');
	*ret_why = "has no \":port\"";
	if (colon == NULL)
		return -1;
	*ret_why = "has a port that is not a number from 1 to 65535";
	at.port = parse_port(colon + 1);
	if (at.port == 0)
		return -1;
	*ret_why = "has a host that is neither numeric nor localhost "
		   "(IPv6 takes brackets: [::1]:9400)";
	size_t len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return -1;
	memcpy(host, text, len);
	host[len] = '\0';
	if (set_host(&at, host) == -1)
		return -1;
	*ret = at;
	return 0;
}

static int
parse_abstract(const char *name, struct listen_at *ret, const char **ret_why)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	*ret_why = "has no name after unix:@";
	if (len == 0)
		return -1;
	*ret_why = "has a name that is too long for a UNIX socket";
	if (len >= sizeof(un.sun_path))
		return -1;
	memcpy(un.sun_path + 1, name, len);
	*ret = (struct listen_at){
		.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				   len)
	};
	memcpy(&ret->address, &un, sizeof(un));
	return 0;
}

int
listen_parse_socket(
    const char *text, struct listen_at *ret, const char **ret_why)
{
	struct listen_at at = { .any = true, .port = parse_port(text) };
	if (strncmp(text, "unix:@", 6) == 0)
		return parse_abstract(text + 6, ret, ret_why);
	if (text[strspn(text, "0123456789")] != '\0')
		return listen_parse(text, ret, ret_why);
	*ret_why = "is not a port from 1 to 65535";
	if (at.port == 0)
		return -1;
	set_ipv6(&at, &in6addr_any);
	*ret = at;
	return 0;
}

void
listen_ipv4(struct listen_at *at)
{
	set_ipv4(at, (struct in_addr){ .s_addr = htonl(INADDR_ANY) });
}

bool
listen_is_loopback(const struct listen_at *at)
{
	if (at->address.ss_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, &at->address, sizeof(in6));
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
	}
	if (at->address.ss_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, &at->address, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	return at->address.ss_family == AF_UNIX;
}
