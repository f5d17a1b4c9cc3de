#include "envsubst/precache.h"

#include "core/guard_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* The URLs that are found, each with the place of its null. */
static const struct {
	const char *text;
	const char *found;
} lists[] = {
	{ "[{url:\"a\",revision:null}]", "a 19|" },
	{ "[{revision:null,url:\"a\"}]", "a 11|" },
	{ "[{'revision':null,'url':'a'}]", "a 13|" },
	{ "[{\n\t\"revision\" : null ,\n\t\"url\" : \"a\"\n}]", "a 17|" },
	{ "[{ 'url' : 'a' , 'revision' : null }]", "a 30|" },
	{ "[{url:\"a\",revision:\"1\"},{url:\"b\",revision:null}]", "b 42|" },
	{ "[{url:\"a\",revision:null},{revision:null,url:\"b\"}]",
	    "a 19|b 35|" },
	{ "{url:\"a\",revision:nullish}", "" },
	{ "{url:\"a\\u0062\",revision:null}", "" },
	{ "{src:\"a\",revision:null}", "" },
	{ "{url:a,revision:null}", "" },
	{ "{url:\"\",revision:null}", "" },
	{ "revision:null", "" },
	{ "\",revision:null", "" },
	{ "revision:null,url:\"", "" },
	{ "e.revision=null", "" },
	{ "revision", "" },
	{ "", "" },
};

struct found {
	const char *text;
	char list[256];
};

static int
take(void *arg, const struct precache_entry *e)
{
	struct found *f = arg;
	size_t len = strlen(f->list);
	(void)snprintf(f->list + len, sizeof(f->list) - len, "%.*s %zu|",
	    (int)e->url_len, e->url, e->null_at);
	return 0;
}

static void
entries_without_a_revision_are_found(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		size_t len = strlen(lists[i].text);
		autofree char *flush = malloc(len + 1);
		struct found f = { flush, "" };

		assert_non_null(flush);
		memcpy(flush + 1, lists[i].text, len);
		assert_int_equal(precache_scan(flush + 1, len, take, &f), 0);
		assert_string_equal(f.list, lists[i].found);
	}
}

static void
workers_are_known_by_name(void **unused)
{
	(void)unused;
	assert_true(precache_may_be("sw.js"));
	assert_true(precache_may_be("service-worker.js"));
	assert_true(precache_may_be("precache-manifest.0a1b.js"));
	assert_false(precache_may_be("index-0a1b.js"));
	assert_false(precache_may_be("sw.js.map"));
	assert_false(precache_may_be("sw"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_without_a_revision_are_found),
		cmocka_unit_test(workers_are_known_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
