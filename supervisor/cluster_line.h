#ifndef SUPERVISOR_CLUSTER_LINE_H
#define SUPERVISOR_CLUSTER_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One line of the protocol between Node's cluster module and its workers (lib/
 * internal/cluster/child.js of Node 20 to 26), read and written: an object of
 * JSON whose "cmd" is NODE_CLUSTER.  Bounded, without a heap, and total: what
 * is no such line is CLUSTER_OTHER.
 */

enum cluster_act {
	CLUSTER_OTHER,
	CLUSTER_QUERY,     /* "queryServer": it wants to listen */
	CLUSTER_LISTENING, /* it does */
	CLUSTER_LEAVES,    /* "exitedAfterDisconnect": it waits for a word */
};

enum cluster_kind { CLUSTER_TCP, CLUSTER_UNIX, CLUSTER_UDP };

#define CLUSTER_ADDRESS_SIZE 112
#define CLUSTER_DATA_SIZE 640 /* TLS ticket keys, in hex */

struct cluster_line {
	enum cluster_act act;
	int64_t seq;
	enum cluster_kind kind;
	bool v6;
	char address[CLUSTER_ADDRESS_SIZE]; /* "": any; a UNIX name may */
	size_t address_len;                 /* ... begin with a NUL */
	int64_t port;
	int64_t fd;                   /* -1: none */
	int64_t flags;                /* libuv's: CLUSTER_FLAG_* */
	char data[CLUSTER_DATA_SIZE]; /* JSON, to be given back */
	size_t data_len;
	bool bad; /* a value does not fit: it can only be refused */
};

#define CLUSTER_FLAG_V6ONLY 1
#define CLUSTER_FLAG_REUSEPORT 2
#define CLUSTER_FLAG_UDP_REUSEADDR 4

void cluster_line_read(const char *line, size_t len, struct cluster_line *ret);

#define CLUSTER_REPLY_SIZE 1024

/*
 * The answer to a question, with its newline: its length.  type: of the socket
 * that goes along ("net.Native", "dgram.Native"); NULL: none does, and err is
 * why, as -errno; err 1: nothing but the acknowledgement.
 */
size_t cluster_line_reply(char to[CLUSTER_REPLY_SIZE],
    const struct cluster_line *question, const char *type, int err);

#endif
