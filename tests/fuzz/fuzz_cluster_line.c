/* Any line on Node's channel: read within its bounds, answered by one line. */
#include "supervisor/cluster_line.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cluster_line l;
	char reply[CLUSTER_REPLY_SIZE];

	cluster_line_read((const char *)data, size, &l);
	assert(strlen(l.address) < CLUSTER_ADDRESS_SIZE);
	assert(l.data_len <= CLUSTER_DATA_SIZE);
	assert(l.act == CLUSTER_OTHER || l.seq >= 0);
	size_t len = cluster_line_reply(reply, &l, "net.Native", 0);
	assert(len < CLUSTER_REPLY_SIZE);
	if (l.act == CLUSTER_QUERY)
		assert(len > 0 && reply[len - 1] == '\n');
	return 0;
}
