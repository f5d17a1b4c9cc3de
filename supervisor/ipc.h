#ifndef SUPERVISOR_IPC_H
#define SUPERVISOR_IPC_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What Node writes on its parent's channel: one line of JSON a message.  Only
 * process.send("ready") means something; other lines, however long, are passed
 * over without being kept.
 */
#define IPC_LINE_MAX 16

struct ipc {
	size_t have;
	bool too_long;
	char line[IPC_LINE_MAX];
};

/* Go on with these bytes; true when a line among them said "ready". */
bool ipc_scan(struct ipc *ipc, const char *data, size_t len);

#endif
