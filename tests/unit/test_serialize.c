#include "envsubst/engine.h"
#include "envsubst/meta.h"
#include "envsubst/scan.h"

#include "core/guard_heap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define JUDGE "tests/fakes/import_meta_env.js"

static char *
slurp(const char *path, size_t *ret_len)
{
	struct stat st;
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		return NULL;
	char *text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(
	    read(fd, text, (size_t)st.st_size), (ssize_t)st.st_size);
	text[st.st_size] = '\0';
	*ret_len = (size_t)st.st_size;
	return text;
}

static struct needles *needles;

/* The file with these values, in another file. */
static void
substitute(const char *from, const char *to, const struct value_set *values)
{
	struct meta meta = { .values = values };
	struct job job = {
		.mode = &meta_mode, .values = &meta, .needles = needles
	};
	struct edit_list edits = { 0 };
	struct failure f;
	struct stat st;
	autoclose int in = open(from, O_RDONLY | O_CLOEXEC);
	autoclose int out =
	    open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(in, -1);
	assert_int_not_equal(out, -1);
	assert_int_equal(fstat(in, &st), 0);
	if (engine_find(&job, in, &st, from, &edits, &f) < 0)
		fail_msg("%s", f.text);
	assert_true(edits.count >= 1);
	struct engine_file file = { from, in, &st, &edits };
	if (engine_render(&job, &file, out, &f) < 0)
		fail_msg("%s", f.text);
	edit_free(&edits);
}

static void
build_one(const char *name, const char *data, size_t len, struct value_set *ret)
{
	struct value v = { name, data, len };
	assert_int_equal(value_build(&v, 1, ret), 0);
}

static void
the_objects_text_is_the_originals(void **unused)
{
	static const struct {
		const char *value;
		const char *l0;
	} cases[] = {
		{ "", "{\"V\":\"\"}" },
		{ "say \"hi\"", "{\"V\":\"say \\\\\\\"hi\\\\\\\"\"}" },
		{ "C:\\dir", "{\"V\":\"C:\\\\\\\\dir\"}" },
		{ "https://a/b", "{\"V\":\"https:\\u002F\\u002Fa\\u002Fb\"}" },
		{ "</script><!--",
		    "{\"V\":\"\\u003C\\u002Fscript\\u003E\\u003C!--\"}" },
		{ "a\tb\x01", "{\"V\":\"a\\tb\\u0001\"}" },
		{ "\u2028\u00e9\x7f", "{\"V\":\"\\u2028\u00e9\x7f\"}" },
		{ "\xff\xe2\x82z", "{\"V\":\"\ufffd\ufffdz\"}" },
		{ "{\"a\":[1]}", "{\"V\":\"{\\\\\\\"a\\\\\\\":[1]}\"}" },
	};
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct value_set set;
		build_one("V", cases[i].value, strlen(cases[i].value), &set);
		text_add(&set.plain[SCAN_L0], "", 1);
		assert_string_equal(set.plain[SCAN_L0].data, cases[i].l0);
		value_free(&set);
	}
}

static void
the_deeper_forms_are_escaped_once_more(void **unused)
{
	struct value_set set;
	(void)unused;

	build_one("V", "<\\", 2, &set);
	text_add(&set.plain[SCAN_L1], "", 1);
	text_add(&set.plain[SCAN_L2], "", 1);

	assert_string_equal(set.plain[SCAN_L1].data,
	    "{\\\"V\\\":\\\"\\\\u003C\\\\\\\\\\\\\\\\\\\"}");
	assert_string_equal(set.plain[SCAN_L2].data,
	    "{\\\\\"V\\\\\":\\\\\"\\\\u003C\\\\\\\\\\\\\\\\\\\\\"}");
	value_free(&set);
}

static void
the_encoded_text_needs_no_escape_anywhere(void **unused)
{
	struct value_set set;
	char all[255];
	(void)unused;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i + 1);
	build_one("V", all, sizeof(all), &set);

	for (size_t i = 0; i < set.percent.len; i++) {
		char c = set.percent.data[i];
		assert_true(c > ' ' && c < 0x7f);
		assert_null(memchr("'\"`\\$<>/&{}", c, 11));
	}
	value_free(&set);
}

/* What follows needs a JavaScript engine to say what is right. */
static void
judge(const char *verb, const char *dir, unsigned seed)
{
	char command[256];
	(void)snprintf(command, sizeof(command), "node " JUDGE " %s %s %u",
	    verb, dir, seed);
	assert_int_equal(system(command), 0);
}

static void
substitute_all(const char *dir)
{
	char name[128];
	char to[128];

	for (int v = 0;; v++) {
		size_t len;
		(void)snprintf(name, sizeof(name), "%s/v%d.val", dir, v);
		autofree char *value = slurp(name, &len);
		if (value == NULL)
			break;
		struct value both[] = { { "FIRST", "ok", 2 },
			{ "V", value, len } };
		struct value_set set;
		assert_int_equal(value_build(both, 2, &set), 0);
		for (int c = 0;; c++) {
			(void)snprintf(
			    name, sizeof(name), "%s/c%d.src", dir, c);
			(void)snprintf(
			    to, sizeof(to), "%s/c%dv%d.out", dir, c, v);
			if (access(name, F_OK) == -1)
				break;
			substitute(name, to, &set);
		}
		value_free(&set);
	}
}

/*
 * Seed 0: the values and places that people have met.  Else: random ones, any
 * bytes in any depth of strings.  PROPERTY_SEED chooses others than the last.
 */
static void
judge_seed(unsigned seed)
{
	char dir[] = "/tmp/cradle-serialize-XXXXXX";
	char command[256];

	if (system("node --version >/dev/null 2>&1") != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(meta_needles(&needles), 0);
	judge("make", dir, seed);
	substitute_all(dir);
	judge("judge", dir, seed);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	needles_free(needles);
}

static void
every_value_loads_in_every_context(void **unused)
{
	(void)unused;
	judge_seed(0);
}

static void
any_value_loads_at_any_depth(void **unused)
{
	const char *seed = getenv("PROPERTY_SEED");
	(void)unused;
	judge_seed(seed == NULL ? 20 : (unsigned)strtoul(seed, NULL, 10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_objects_text_is_the_originals),
		cmocka_unit_test(the_deeper_forms_are_escaped_once_more),
		cmocka_unit_test(the_encoded_text_needs_no_escape_anywhere),
		cmocka_unit_test(every_value_loads_in_every_context),
		cmocka_unit_test(any_value_loads_at_any_depth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
