#include "supervisor/ipc.h"

#include <string.h>

#include "supervisor/pid1.h"

static const char ready[] = "\"ready\"";

static void
keep(struct ipc *ipc, const char *data, size_t len)
{
	if (ipc->too_long || len > IPC_LINE_MAX - ipc->have) {
		ipc->too_long = true;
		return;
	}
	memcpy(ipc->line + ipc->have, data, len);
	ipc->have += len;
}

bool
ipc_scan(struct ipc *ipc, const char *data, size_t len)
{
	bool found = false;

	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t part = end == NULL ? len : (size_t)(end - data);
		keep(ipc, data, part);
		if (end == NULL)
			break;
		found |= !ipc->too_long && ipc->have == sizeof(ready) - 1 &&
			 memcmp(ipc->line, ready, ipc->have) == 0;
		*ipc = (struct ipc){ .have = 0 };
		data += part + 1;
		len -= part + 1;
	}
	return found;
}
