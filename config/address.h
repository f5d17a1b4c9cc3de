#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

/*
 * Whether an address of the configuration may be what it is meant for: NULL, or
 * a phrase that says why not ("has no host") and repeats nothing of it.
 */

/* Of a service outside: https://, or http:// of loopback; no user in it. */
const char *address_web_refused(const char *text);

/* Of a probe: http:// of a loopback port. */
const char *address_url_refused(const char *text);

/* Of a probe: host:port of loopback. */
const char *address_tcp_refused(const char *text);

/* Of the control socket: "off", a whole path or "@name". */
const char *address_control_refused(const char *text);

/* Of a listening socket: listen_parse takes it. */
const char *address_listen_refused(const char *text);

/* Of a service's own socket: listen_parse_socket takes it. */
const char *address_socket_refused(const char *text);

#endif
