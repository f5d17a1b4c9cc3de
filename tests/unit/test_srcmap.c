#include "envsubst/srcmap.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define ROOM 65536

struct out {
	char text[ROOM];
	size_t len;
};

static struct out out;

static int
take(void *arg, const void *data, size_t len)
{
	struct out *o = arg;
	assert_true(len < sizeof(o->text) - o->len);
	memcpy(o->text + o->len, data, len);
	o->len += len;
	o->text[o->len] = '\0';
	return 0;
}

static enum srcmap_found
rewrite(const struct srcmap *m, const char *map, bool write_it)
{
	enum srcmap_found found;
	autoclose int fd = memfd_create("map", MFD_CLOEXEC);
	size_t len = strlen(map);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, map, len), (ssize_t)len);
	out.len = 0;
	assert_int_equal(
	    srcmap_rewrite(m, fd, write_it ? take : NULL, &out, &found), 0);
	return found;
}

/* On line 0: columns 10 to 20 have become 10 to 25. */
static const struct srcmap_edit five_more[] = {
	{ { 0, 10 }, { 0, 20 }, { 0, 10 }, { 0, 25 } },
};
/* On line 1: 4 to 8 is gone, 12 to 13 is three lines of text. */
static const struct srcmap_edit two[] = {
	{ { 1, 4 }, { 1, 8 }, { 1, 4 }, { 1, 4 } },
	{ { 1, 12 }, { 1, 13 }, { 1, 8 }, { 3, 2 } },
};
/* Lines 0 to 2 have become one. */
static const struct srcmap_edit joined[] = {
	{ { 0, 2 }, { 2, 3 }, { 0, 2 }, { 0, 6 } },
};

#define MAP(mappings) "{\"version\":3,\"mappings\":\"" mappings "\"}"

static const struct {
	const struct srcmap_edit *edit;
	size_t count;
	const char *from;
	const char *to; /* NULL: it stays the same */
} maps[] = {
	/* columns 0, 10, 20, 22: 20 goes to 25 */
	{ five_more, 1, "AAAA,UAAA,UAAA,EAAA", "AAAA,UAAA,eAAA,EAAA" },
	/* 15 stays, for it is inside, and so does all before it */
	{ five_more, 1, "AAAA,UAAA,KAAA", NULL },
	{ five_more, 1, "AAAA;AAAA,oBAAA", NULL },
	{ five_more, 1, "A,oB;A", "A,yB;A" },
	{ five_more, 1, ";;;", NULL },
	{ five_more, 1, "", NULL },
	/* 8 goes to 4, 12 to 8, 13 to column 2 of line 3 */
	{ two, 2, "A;A,I,I,C,C;A;;", "A;A,I,A,C,C;;;A;;" },
	{ two, 2, "A;A,I,I,I,C,C;A;;", "A;A,I,A,I;;E,C;A;;" },
	{ joined, 1, "A,E;A;AAA,G,C;A", "A,E,I,AAA,A,C;A" },
};

static void
columns_behind_an_edit_are_shifted(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		struct srcmap m = { maps[i].edit, maps[i].count };
		char from[256];
		char to[256];
		(void)snprintf(from, sizeof(from), MAP("%s"), maps[i].from);
		(void)snprintf(to, sizeof(to), MAP("%s"),
		    maps[i].to == NULL ? maps[i].from : maps[i].to);
		assert_int_equal(rewrite(&m, from, false),
		    maps[i].to == NULL ? SRCMAP_SAME : SRCMAP_MOVED);
		(void)rewrite(&m, from, true);
		assert_string_equal(out.text, to);
	}
}

static const struct {
	const char *map;
	enum srcmap_found found;
} texts[] = {
	{ MAP("oBAAA"), SRCMAP_MOVED },
	{ " {\"mappings\" :\n\"oBAAA\"}\n", SRCMAP_MOVED },
	{ "\xef\xbb\xbf{\"mappings\":\"oB\"}", SRCMAP_MOVED },
	{ ")]}'\n{\"mappings\":\"oB\"}", SRCMAP_MOVED },
	{ "{\"sourcesContent\":[\"\\\"mappings\\\":\\\"oB\",\"{[\"],"
	  "\"mappings\":\"A\"}",
	    SRCMAP_SAME },
	{ "{\"x\":{\"mappings\":\"!\"},\"mappings\":\"A\"}", SRCMAP_SAME },
	{ "{\"file\":\"mappings\",\"mappings\":\"A\"}", SRCMAP_SAME },
	{ "{\"mappings\":\"A\\/A\"}", SRCMAP_SAME },
	{ "{\"version\":3,\"sections\":[{\"map\":{\"mappings\":\"oB\"}}]}",
	    SRCMAP_STRANGE },
	{ "{\"sections\":[]}", SRCMAP_SAME },
	{ "{\"sections\":[{\"offset\":{\"line\":0,\"column\":0}}]}",
	    SRCMAP_STRANGE },
	{ "{\"sections\":[{\"offset\":{\"line\":0},\"map\":{\"mappings\":"
	  "\"A\"}}]}",
	    SRCMAP_STRANGE },
	{ "{\"sections\":[{\"offset\":{\"line\":0,\"column\":-1},\"map\":{"
	  "\"mappings\":\"A\"}}]}",
	    SRCMAP_STRANGE },
	{ "{\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"map\":{"
	  "\"sections\":[]}}]}",
	    SRCMAP_STRANGE },
	{ "{\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"url\":"
	  "\"x\"}]}",
	    SRCMAP_STRANGE },
	{ "{\"x\":[{\"offset\":{\"line\":0,\"column\":30},\"map\":{"
	  "\"mappings\":\"oB\"}}],\"mappings\":\"A\"}",
	    SRCMAP_SAME },
	{ "{\"version\":3}", SRCMAP_STRANGE },
	{ "", SRCMAP_STRANGE },
	{ "<!doctype html>", SRCMAP_STRANGE },
	{ "{\"mappings\":\"o\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":\"o,A\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":\"D\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":\"A!\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":\"A\\nA\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":\"ggggggggggggggA\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":\"A", SRCMAP_STRANGE },
	{ "{\"mappings\":\"A\",\"mappings\":\"A\"}", SRCMAP_STRANGE },
	{ "{\"mappings\":[\"A\"]}", SRCMAP_STRANGE },
	{ "}", SRCMAP_STRANGE },
};

static void
only_a_maps_own_mappings_are_read(void **unused)
{
	struct srcmap m = { five_more, 1 };
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (rewrite(&m, texts[i].map, false) != texts[i].found)
			fail_msg("%s", texts[i].map);
}

#define SECTION(line, column, mappings)                           \
	"{\"offset\":{\"line\":" line ",\"column\":" column "}, " \
	"\"map\":{\"version\":3,\"mappings\":\"" mappings "\"}}"
#define SECTIONS(list) "{\"version\":3,\"sections\":[" list "]}"

static const struct {
	const struct srcmap_edit *edit;
	size_t count;
	const char *from;
	const char *to;
	enum srcmap_found found;
} indexes[] = {
	/* what stands behind an edit begins elsewhere, and is as long */
	{ five_more, 1,
	    SECTIONS(SECTION("0", "0", "A,oB;;") "," SECTION(
		"0", "30", "A,E;A") "," SECTION("2", "0", "oB")),
	    SECTIONS(SECTION("0", "0", "A,yB;;") "," SECTION(
		"0", "35", "A,E;A") "," SECTION("2", "0", "oB")),
	    SRCMAP_MOVED },
	/* columns of the first line count from where it begins */
	{ five_more, 1, SECTIONS(SECTION("0", "4", "A,gB,E;oB")),
	    SECTIONS(SECTION("0", "4", "A,qB,E;oB")), SRCMAP_MOVED },
	{ five_more, 1, SECTIONS(SECTION("1", "4", "A,gB;oB")), NULL,
	    SRCMAP_SAME },
	{ joined, 1,
	    SECTIONS(SECTION("1", "0", "A") "," SECTION("2", "10", "A;A")),
	    SECTIONS(SECTION("0", "6", "A") "," SECTION("0", "13", "A;A")),
	    SRCMAP_MOVED },
	{ two, 2,
	    SECTIONS(SECTION("0", "0", "A;A") "," SECTION("1", "13", "A")),
	    SECTIONS(SECTION("0", "0", "A;A") "," SECTION("3", "2", "A")),
	    SRCMAP_MOVED },
};

static void
sections_are_shifted_with_what_is_in_them(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(indexes); i++) {
		struct srcmap m = { indexes[i].edit, indexes[i].count };
		const char *from = indexes[i].from;
		const char *to = indexes[i].to;
		assert_int_equal(rewrite(&m, from, false), indexes[i].found);
		(void)rewrite(&m, from, true);
		assert_string_equal(out.text, to == NULL ? from : to);
	}
}

static void
everything_else_is_kept(void **unused)
{
	static const char before[] =
	    ")]}'\n{ \"names\":[\"a\\u0041\"],\n\t\"sources\":[ ] ,"
	    "\"mappings\":\"A,oB\\/x\" , \"x_google_ignoreList\":[0]} \n";
	struct srcmap m = { five_more, 1 };
	char after[512];

	(void)unused;
	assert_int_equal(rewrite(&m, before, true), SRCMAP_MOVED);
	(void)snprintf(after, sizeof(after), "%s", before);
	memcpy(strstr(after, "oB\\/x"), "yB/x\"", 5);
	/* the escape is a byte shorter now */
	char *rest = strstr(after, "yB/x\"") + 5;
	memmove(rest, rest + 1, strlen(rest));
	assert_string_equal(out.text, after);
}

static void
columns_count_in_units_of_utf16(void **unused)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
	struct column c = { 0, 0 };

	(void)unused;
	column_step(&c, text, sizeof(text) - 1);
	assert_int_equal(c.column, 5);
	column_step(&c, "x\r\ny\n", 5);
	assert_int_equal(c.line, 2);
	assert_int_equal(c.column, 0);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		column_step(&c, text + i, 1);
	assert_int_equal(c.column, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_behind_an_edit_are_shifted),
		cmocka_unit_test(only_a_maps_own_mappings_are_read),
		cmocka_unit_test(sections_are_shifted_with_what_is_in_them),
		cmocka_unit_test(everything_else_is_kept),
		cmocka_unit_test(columns_count_in_units_of_utf16),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
