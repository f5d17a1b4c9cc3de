#include "envsubst/page.c"
#define is_blank is_blank_in_list
#define reader list_reader
#define read_entry read_list_entry
#include "envsubst/precache.c"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is said lies in the text. */
static int
take_entry(void *arg, const struct precache_entry *e)
{
	const char *const *text = arg;
	assert(e->url >= text[0] && e->url + e->url_len <= text[1]);
	assert(memcmp(text[0] + e->null_at, PRECACHE_NULL, 4) == 0);
	return 0;
}

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
	const char *text[2] = { html + 1, html + 1 + size };
	return precache_scan(text[0], size, take_entry, text);
}
