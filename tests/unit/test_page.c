#include "envsubst/page.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What the parts hold, each behind a letter for what it is. */
static const struct {
	const char *html;
	const char *parts;
} pages[] = {
	{ "<!doctype html><script>a()</script>", "j:a()|" },
	{ "<SCRIPT >a</ScRiPt >b", "j:a|" },
	{ "<script src=x></script><script>b</script>", "j:b|" },
	{ "<script data-src=x>a</script>", "j:a|" },
	{ "<script type=module>a</script>", "j:a|" },
	{ "<script type=' module '>a</script>", "j:a|" },
	{ "<script type=importmap>{}</script>", "j:{}|" },
	{ "<script type=\"application/json\">{}</script>", "d:{}|" },
	{ "<script type=application/ld+json>{}</script>", "d:{}|" },
	{ "<script\n\tdefer\n>a</script\n>", "j:a|" },
	{ "<script x='>' y=\"</script>\">a</script>", "j:a|" },
	{ "<script>if(a<b){}</script>", "j:if(a<b){}|" },
	{ "<script>'</scripty>'</script>", "j:'</scripty>'|" },
	{ "<script>'<\\/script>'</script>", "j:'<\\/script>'|" },
	{ "<!-- <script>a</script> --><script>b</script>", "j:b|" },
	{ "<!--><script>b</script>", "j:b|" },
	{ "<script><!--\na\n--></script>", "j:<!--\na\n-->|" },
	{ "<script><!-- <script>a</script> --></script>b",
	    "j:<!-- <script>a</script> -->|" },
	{ "<script><!-- </script>b<script>c</script>", "j:<!-- |j:c|" },
	{ "<title><script>a</script></title><script>b</script>", "j:b|" },
	{ "<textarea><script>a</script></textarea>", "" },
	{ "<noscript><script>a</script></noscript>", "" },
	{ "<style>b{}</style>", "s:b{}|" },
	{ "<style>'<script>'</style><script>a</script>", "s:'<script>'|j:a|" },
	{ "<div title='<script>a</script>'>", "" },
	{ "</div title='<script>a</script>'><script>b</script>", "j:b|" },
	{ "<script>never ends", "" },
	{ "<script>never ends</script", "" },
	{ "a < b <script>c</script> </ <? x> <", "j:c|" },
	{ "<script></script>", "j:|" },
	{ "<scripts>a</scripts>", "" },
	{ "", "" },
};

static void
describe(const char *html, const struct page *page, char *to, size_t size)
{
	to[0] = '\0';
	for (size_t i = 0; i < page->count; i++) {
		const struct page_part *p = &page->part[i];
		size_t len = strlen(to);
		(void)snprintf(to + len, size - len, "%c:%.*s|",
		    p->style  ? 's'
		    : p->data ? 'd'
			      : 'j',
		    (int)(p->end - p->start), html + p->start);
	}
}

static void
scripts_and_styles_are_found_as_browsers_find_them(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		size_t len = strlen(pages[i].html);
		autofree char *flush = malloc(len + 1);
		struct page page = { 0 };
		char text[512];

		assert_non_null(flush);
		memcpy(flush + 1, pages[i].html, len);
		assert_int_equal(page_read(flush + 1, len, &page), 0);
		describe(flush + 1, &page, text, sizeof(text));
		assert_string_equal(text, pages[i].parts);
		page_free(&page);
	}
}

static void
too_many_parts_are_refused(void **unused)
{
	const size_t count = PAGE_PARTS_MAX + 1;
	static const char one[] = "<script>1</script>";
	const size_t len = sizeof(one) - 1;
	autofree char *html = malloc(count * len);
	struct page page = { 0 };

	(void)unused;
	assert_non_null(html);
	for (size_t i = 0; i < count; i++)
		memcpy(html + i * len, one, len);
	assert_int_equal(page_read(html, (count - 1) * len, &page), 0);
	assert_int_equal(page.count, PAGE_PARTS_MAX);
	page_free(&page);
	assert_int_equal(page_read(html, count * len, &page), -E2BIG);
	assert_null(page.part);
}

static void
pages_are_known_by_name(void **unused)
{
	(void)unused;
	assert_true(page_is("a/index.html"));
	assert_true(page_is("INDEX.HTM"));
	assert_false(page_is("index.html.js"));
	assert_false(page_is("html"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    scripts_and_styles_are_found_as_browsers_find_them),
		cmocka_unit_test(too_many_parts_are_refused),
		cmocka_unit_test(pages_are_known_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
