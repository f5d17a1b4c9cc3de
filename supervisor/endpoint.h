#ifndef SUPERVISOR_ENDPOINT_H
#define SUPERVISOR_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Where a listening socket is: an address of TCP over IPv4 or IPv6, or the name
 * of a UNIX socket, in the one form in which two of them can be compared.
 */

#define ENDPOINT_BYTES 112

struct endpoint {
	sa_family_t family;
	uint16_t port; /* host order; 0 for UNIX */
	uint32_t len;  /* of what the kernel is given */
	_Alignas(8) unsigned char bytes[ENDPOINT_BYTES];
};

#define ENDPOINT_TEXT 128

/*
 * From what a program gave to bind(2): 0; or -EADDRNOTAVAIL when it is nothing
 * to hold on to (another family, port 0, a UNIX socket without a name), or
 * nothing that the kernel would take.
 */
int endpoint_parse(const void *raw, size_t len, struct endpoint *ret);

/* The same of the address that a socket of ours has; -errno. */
int endpoint_of(int fd, struct endpoint *ret);

bool endpoint_same(const struct endpoint *a, const struct endpoint *b);

/* Different addresses that cannot both be listened on, or may not be. */
bool endpoint_in_the_way(const struct endpoint *a, const struct endpoint *b);

/* "0.0.0.0:3000", "[::]:3000", "/run/x.sock", "@x": for log lines. */
void endpoint_text(const struct endpoint *e, char text[ENDPOINT_TEXT]);

/* A UNIX socket that is a file: its path, which may be relative; else NULL. */
const char *endpoint_path(const struct endpoint *e);

#endif
