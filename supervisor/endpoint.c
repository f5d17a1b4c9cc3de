#include "supervisor/endpoint.h"

#include "core/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "supervisor/pid1.h"

_Static_assert(
    ENDPOINT_BYTES > sizeof(struct sockaddr_un), "a path and its NUL fit");

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

/* Everything that is not the address is left out: padding, flow labels. */
static int
parse_inet(const void *raw, size_t len, struct endpoint *ret)
{
	struct sockaddr_in in, clean = { .sin_family = AF_INET };
	if (len < sizeof(in))
		return -EADDRNOTAVAIL;
	memcpy(&in, raw, sizeof(in));
	clean.sin_port = in.sin_port;
	clean.sin_addr = in.sin_addr;
	memcpy(ret->bytes, &clean, sizeof(clean));
	ret->len = sizeof(clean);
	ret->port = ntohs(in.sin_port);
	return ret->port == 0 ? -EADDRNOTAVAIL : 0;
}

static int
parse_inet6(const void *raw, size_t len, struct endpoint *ret)
{
	struct sockaddr_in6 in, clean = { .sin6_family = AF_INET6 };
	if (len < sizeof(in))
		return -EADDRNOTAVAIL;
	memcpy(&in, raw, sizeof(in));
	clean.sin6_port = in.sin6_port;
	clean.sin6_addr = in.sin6_addr;
	clean.sin6_scope_id = in.sin6_scope_id;
	memcpy(ret->bytes, &clean, sizeof(clean));
	ret->len = sizeof(clean);
	ret->port = ntohs(in.sin6_port);
	return ret->port == 0 ? -EADDRNOTAVAIL : 0;
}

/* A path ends at its NUL, an abstract name where the length says. */
static int
parse_unix(const void *raw, size_t len, struct endpoint *ret)
{
	if (len <= PATH_AT || len > sizeof(struct sockaddr_un))
		return -EADDRNOTAVAIL;
	memcpy(ret->bytes, raw, len);
	const char *name = (const char *)ret->bytes + PATH_AT;
	ret->len = (uint32_t)len;
	if (name[0] != '\0')
		ret->len = (uint32_t)(PATH_AT + strlen(name) + 1);
	else if (len == PATH_AT + 1)
		return -EADDRNOTAVAIL;
	return 0;
}

int
endpoint_parse(const void *raw, size_t len, struct endpoint *ret)
{
	sa_family_t family;
	if (len < sizeof(family) || len > ENDPOINT_BYTES)
		return -EADDRNOTAVAIL;
	memcpy(&family, raw, sizeof(family));
	*ret = (struct endpoint){ .family = family };
	switch (family) {
	case AF_INET:
		return parse_inet(raw, len, ret);
	case AF_INET6:
		return parse_inet6(raw, len, ret);
	case AF_UNIX:
		return parse_unix(raw, len, ret);
	default:
		return -EADDRNOTAVAIL;
	}
}

int
endpoint_of(int fd, struct endpoint *ret)
{
	unsigned char raw[ENDPOINT_BYTES];
	socklen_t len = sizeof(raw);

	if (getsockname(fd, (struct sockaddr *)raw, &len) == -1)
		return -errno;
	return endpoint_parse(raw, len, ret);
}

bool
endpoint_same(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && a->len == b->len &&
	       memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool
is_any(const struct endpoint *e)
{
	static const unsigned char nothing[16];
	if (e->family == AF_INET)
		return memcmp(e->bytes + offsetof(struct sockaddr_in, sin_addr),
			   nothing, 4) == 0;
	return e->family == AF_INET6 &&
	       memcmp(e->bytes + offsetof(struct sockaddr_in6, sin6_addr),
		   nothing, 16) == 0;
}

bool
endpoint_in_the_way(const struct endpoint *a, const struct endpoint *b)
{
	return a->port != 0 && a->port == b->port && !endpoint_same(a, b) &&
	       (is_any(a) || is_any(b));
}

const char *
endpoint_path(const struct endpoint *e)
{
	const char *name = (const char *)e->bytes + PATH_AT;
	return e->family == AF_UNIX && name[0] != '\0' ? name : NULL;
}

void
endpoint_text(const struct endpoint *e, char text[ENDPOINT_TEXT])
{
	char address[INET6_ADDRSTRLEN] = "?";

	if (e->family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, e->bytes, sizeof(in));
		(void)inet_ntop(
		    AF_INET, &in.sin_addr, address, sizeof(address));
		(void)snprintf(text, ENDPOINT_TEXT, "%s:%u", address, e->port);
	} else if (e->family == AF_INET6) {
		struct sockaddr_in6 in;
		memcpy(&in, e->bytes, sizeof(in));
		(void)inet_ntop(
		    AF_INET6, &in.sin6_addr, address, sizeof(address));
		(void)snprintf(
		    text, ENDPOINT_TEXT, "[%s]:%u", address, e->port);
	} else if (endpoint_path(e) != NULL) {
		(void)snprintf(text, ENDPOINT_TEXT, "%s", endpoint_path(e));
	} else {
		(void)snprintf(text, ENDPOINT_TEXT, "@%.*s",
		    (int)(e->len - PATH_AT - 1),
		    (const char *)e->bytes + PATH_AT + 1);
	}
}
