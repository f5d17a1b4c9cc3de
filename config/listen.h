#ifndef CONFIG_LISTEN_H
#define CONFIG_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * An address as people write it: "host:port", ":port", "[::]:port",
 * "unix:/path".  Hosts are numeric, or localhost, which is 127.0.0.1: nothing
 * is ever looked up.
 */
#define LISTEN_HOST_MAX 64

struct listen_at {
	struct sockaddr_storage address;
	socklen_t len;
	bool any; /* ":port": every address of both families */
	int port; /* 0 for unix: */
};

/*
 * ":port" gives [::], to be bound with IPV6_V6ONLY off.  0, or -1 with *ret_why
 * a phrase.
 */
int listen_parse(const char *text, struct listen_at *ret, const char **ret_why);

/*
 * What a service's "listen" may hold: all of that, a port alone, which is
 * ":port", and "unix:@name" for an abstract one.
 */
int listen_parse_socket(
    const char *text, struct listen_at *ret, const char **ret_why);

/* The same port on 0.0.0.0: for a kernel without IPv6, when `any` is set. */
void listen_ipv4(struct listen_at *at);

/* Whether the address is this machine's own loopback. */
bool listen_is_loopback(const struct listen_at *at);

#endif
