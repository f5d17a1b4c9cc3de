#ifndef CORE_CONTROL_AT_H
#define CORE_CONTROL_AT_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/*
 * Where the control socket is: what PID 1 and its clients must agree on.
 */

#define CONTROL_AT_NAMES 3
#define CONTROL_AT_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

/*
 * The names that are tried in turn when none is configured, 0 to
 * CONTROL_AT_NAMES - 1: /run/cradle.sock, /tmp/cradle-UID.sock and, for file
 * systems that cannot be written to, an abstract name that holds uid and the
 * PID namespace.
 */
void control_at_name(unsigned which, uid_t uid, char ret[CONTROL_AT_SIZE]);

/*
 * "/path" or "@abstract" as an address: its length, or -EINVAL when it is
 * neither or too long.
 */
int control_at_address(const char *text, struct sockaddr_un *ret);

#endif
