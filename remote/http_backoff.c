#include "remote/http.h"

#include <sodium.h>

#define BACKOFF_BASE_MS 500
#define BACKOFF_CAP_MS 15000
#define BACKOFF_SPREAD_MS 1000

/*
 * With a wait from the server the jitter comes on top of it, and is smaller: a
 * fleet that was told "12 seconds" together shall not come back together.
 */
int64_t
http_backoff_ms(int attempt, int64_t retry_after_ms)
{
	int64_t span = BACKOFF_BASE_MS;
	for (int i = 1; i < attempt && span < BACKOFF_CAP_MS; i++)
		span *= 2;
	if (span > BACKOFF_CAP_MS)
		span = BACKOFF_CAP_MS;
	if (retry_after_ms > 0 && span > BACKOFF_SPREAD_MS)
		span = BACKOFF_SPREAD_MS;

	int64_t jitter = randombytes_uniform((uint32_t)span + 1);
	return retry_after_ms > 0 ? retry_after_ms + jitter : jitter;
}
