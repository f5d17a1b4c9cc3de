#include "config/cron.c"
#include "config/cron_next.c"

#include <assert.h>
#include <stdlib.h>

/*
 * Whatever is taken as a time is due again and again, each time later, and on
 * a second that its sets hold.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_cron cron;
	char why[CRON_WHY_MAX] = "";
	int64_t at = INT64_C(1790000000000);
	char *text = malloc(size + 1);
	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	int r = cron_parse(text, &cron, why);
	free(text);
	if (r == -1) {
		assert(why[0] != '\0');
		return 0;
	}
	for (int i = 0; i < 5; i++) {
		int64_t next = cron_next(&cron, at);
		assert(next > at && next < NEVER);
		assert((cron.seconds >> next / 1000 % 60 & 1) != 0);
		at = next;
	}
	return 0;
}
