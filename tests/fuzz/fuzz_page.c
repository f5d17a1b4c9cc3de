#include "envsubst/page.c"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parts lie in order in the page, each between two tags. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *html = malloc(size + 1);
	struct page page = { 0 };
	size_t at = 1;

	memcpy(html + 1, data, size);
	int r = page_read(html + 1, size, &page);
	assert(r == 0 || r == -E2BIG);
	for (size_t i = 0; i < page.count; i++) {
		const struct page_part *p = &page.part[i];
		assert(p->start >= at && p->end >= p->start && p->end < size);
		assert(html[p->start] == '>' && html[1 + p->end] == '<');
		at = p->end + 1;
	}
	page_free(&page);
	return 0;
}
