#ifndef SUPERVISOR_BINDING_H
#define SUPERVISOR_BINDING_H

#include "supervisor/watch.h"

/*
 * What bind(2) of a service's tree is answered (handover.h), and how a socket
 * that was bound without us is got hold of when it listens.
 */

struct held;

struct endpoint;

enum ask_answer binding_bind(const struct ask *ask);

/* The address that the caller of bind or connect gave: 0; -EADDRNOTAVAIL:
   nothing for us; -errno: its memory cannot be read. */
int binding_read_address(const struct ask *ask, struct endpoint *ret);

/* An option of a socket that cannot be asked for it later: noted. */
enum ask_answer binding_option(const struct ask *ask);

/* The socket that listens now, when its address was asked for: held from now
   on; NULL: it is not ours to hold. */
struct held *binding_keep(const struct ask *ask);

#endif
