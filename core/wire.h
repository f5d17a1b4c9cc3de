#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include "core/wire_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Messages between PID 1 and a helper, over one SOCK_SEQPACKET socketpair.
 *
 * On the wire, little-endian: magic u32, version u16, type u16, length of the
 * payload u32, serial u32; then the fields of that type in order: NUM as i64,
 * STR and BIN as u32 length, bytes, and a NUL that is not counted. wire_types.h
 * is the table of types, fields and limits; nothing that breaks it is sent or
 * accepted, so a receiver need not check a range again.
 *
 * A descriptor may ride along with types that are marked with FD in the table,
 * and only with those.
 */

#define WIRE_MAGIC 0x4c445243u /* "CRDL" */
#define WIRE_VERSION 1
#define WIRE_HEADER 16
#define WIRE_FIELDS_MAX 48
#define WIRE_MESSAGE_MAX (192 * 1024)

struct wire_field {
	int64_t num;     /* NUM */
	const char *ptr; /* STR, NUL-terminated; BIN, with a NUL behind it */
	size_t len;
};

struct wire_msg {
	enum wire_type type;
	uint32_t serial;
	int fd; /* sending: lent; received: yours to close; -1 for none */
	struct wire_field field[WIRE_FIELDS_MAX];
};

#define WIRE_NUM(n)        \
	{                  \
		.num = (n) \
	}
#define WIRE_STR(s)                          \
	{                                    \
		.ptr = (s), .len = strlen(s) \
	}
#define WIRE_BIN(p, n)                 \
	{                              \
		.ptr = (p), .len = (n) \
	}

/* "FETCH_WANT"; "unknown" out of range. */
const char *wire_name(unsigned type);

/*
 * The message as bytes: their count, or -EMSGSIZE (buf too small), -EINVAL (a
 * field breaks its limit).
 */
int wire_encode(const struct wire_msg *msg, void *buf, size_t size);

/*
 * The other way: 0, or -EBADMSG and *ret untouched.  The fields point into buf.
 * ret->fd is -1.  toward_helper says which direction's types are welcome.
 */
int wire_decode(
    void *buf, size_t len, bool toward_helper, struct wire_msg *ret);

/*
 * Send one message in one call, gathered from where its fields lie.  Blocks or
 * not as fd does; never raises SIGPIPE.  0 or -errno (-EAGAIN: nothing sent).
 */
int wire_send(int fd, const struct wire_msg *msg);

/*
 * Receive one message without blocking into buf (WIRE_MESSAGE_MAX bytes, which
 * must stay while ret is used).  1: *ret is it.  0: the other end is closed.
 * -EAGAIN: none there.  -EBADMSG: garbage, its descriptors are closed.
 */
int wire_recv(int fd, void *buf, bool toward_helper, struct wire_msg *ret);

#endif
