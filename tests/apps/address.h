#ifndef TESTS_APPS_ADDRESS_H
#define TESTS_APPS_ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Addresses as the handover's apps and their clients write them:
 *   PORT       127.0.0.1      any:PORT    0.0.0.0
 *   6:PORT     ::1            only6:PORT  :: without IPv4    dual:PORT  ::
 *   /PATH      a UNIX socket  @NAME       an abstract one
 */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un un;
	};
	socklen_t len;
	bool only6;
};

static inline struct address
address_unix(const char *text)
{
	struct address a = { .un = { .sun_family = AF_UNIX } };
	size_t len = strlen(text);

	if (len >= sizeof(a.un.sun_path))
		exit(64);
	memcpy(a.un.sun_path, text, len);
	a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (text[0] == '@')
		a.un.sun_path[0] = '\0';
	else
		a.len++;
	return a;
}

static inline struct address
address_read(const char *text)
{
	struct address a = { 0 };
	const char *colon = strchr(text, ':');
	const char *number = colon == NULL ? text : colon + 1;
	in_port_t port = htons((uint16_t)atoi(number));

	if (text[0] == '/' || text[0] == '@')
		return address_unix(text);
	if (colon == NULL || text[0] == 'a') {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = port;
		a.v4.sin_addr.s_addr =
		    htonl(colon == NULL ? INADDR_LOOPBACK : INADDR_ANY);
		a.len = sizeof(a.v4);
		return a;
	}
	a.v6.sin6_family = AF_INET6;
	a.v6.sin6_port = port;
	a.v6.sin6_addr = text[0] == '6' ? in6addr_loopback : in6addr_any;
	a.only6 = text[0] == 'o';
	a.len = sizeof(a.v6);
	return a;
}

#endif
