/*
 * All that strangers can say to the health role and to its probes: a request's
 * head, its query, an Accept header, an answer's status line.  Each is looked
 * at in a block of exactly its size, so that one byte read too far is seen.
 */
#include "core/httpmsg.c"
#include "healthcheck/accepts.c"
#include "healthcheck/query.c"
#include "healthcheck/request.c"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct httpmsg_text text, const char *all, size_t size)
{
	if (text.len > 0)
		assert(text.ptr >= all && text.ptr + text.len <= all + size);
}

/* Found in one look or byte by byte, the end of a head is the same. */
static void
try_head(const char *text, size_t size)
{
	int whole = httpmsg_head(text, size, 0);
	int piece = 0;
	for (size_t n = 1; n <= size && piece == 0; n++)
		piece = httpmsg_head(text, n, n - 1);
	assert(piece == whole);
	assert(whole <= (int)size);
}

static void
try_request(const char *text, size_t size)
{
	struct request q;
	struct query query;

	int status = request_parse(text, size, &q);
	assert(status == 0 || (status >= 400 && status <= 505));
	assert(status == 0 || status == 405 || !q.keep);
	inside(q.path, text, size);
	inside(q.query, text, size);
	if (query_parse(q.query, &query))
		assert(query.excludes <= QUERY_EXCLUDES_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query query;
	char *text = malloc(size ? size : 1);

	if (text == NULL || size > 16384) {
		free(text);
		return 0;
	}
	if (size > 0)
		memcpy(text, data, size);
	struct httpmsg_text all = { text, size };
	try_head(text, size);
	try_request(text, size);
	(void)accepts_openmetrics(all);
	(void)query_parse(all, &query);
	int status = httpmsg_status(text, size);
	assert(status <= 0 || (status >= 100 && status <= 599));
	free(text);
	return 0;
}
