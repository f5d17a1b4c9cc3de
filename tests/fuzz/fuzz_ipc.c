/* Whatever comes on Node's channel, in whatever pieces, means the same. */
#include "supervisor/ipc.c"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc whole = { .have = 0 }, pieces = { .have = 0 };
	const char *text = (const char *)data;
	bool found = false;

	if (size == 0)
		return 0;
	size_t step = 1 + data[0] % 7;
	for (size_t at = 0; at < size; at += step)
		found |= ipc_scan(
		    &pieces, text + at, size - at < step ? size - at : step);
	assert(ipc_scan(&whole, text, size) == found);
	assert(pieces.have <= IPC_LINE_MAX);
	return 0;
}
