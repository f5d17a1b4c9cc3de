/* Anybody's datagram: words, bounded numbers, and a status that is clean. */
#include "core/utf8.c"
#include "supervisor/notify.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notify n;
	notify_scan((const char *)data, size, &n);
	if (n.words & NOTIFY_WATCHDOG_USEC)
		assert(n.watchdog_us > 0 && n.watchdog_us <= NOTIFY_US_MAX);
	if (n.words & NOTIFY_EXTEND)
		assert(n.extend_us > 0 && n.extend_us <= NOTIFY_US_MAX);
	size_t len = strlen(n.status);
	assert(len < NOTIFY_STATUS_SIZE);
	for (size_t i = 0, k; i < len; i += k) {
		k = utf8_len(n.status + i, len - i);
		assert(k > 0 && (unsigned char)n.status[i] >= ' ');
	}
	return 0;
}
