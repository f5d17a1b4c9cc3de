#include "envsubst/depend.h"
#include "envsubst/mention.h"
#include "envsubst/scan.h"
#include "envsubst/sums.h"

#include "plot_run.h"

#define CALL "JSON.parse('\"" SCAN_WORD "\"')"
#define SCRIPT "globalThis.import_meta_env=" CALL
#define ROOM 2000

static struct depend options;

/* A digest as the build writes it; four may be used together. */
static const char *
digest(enum sums_kind kind, enum mention_form form, const char *text)
{
	static char written[4][MENTION_LEN_MAX + 4];
	static unsigned turn;
	char *to = written[turn++ % ARRAY_LEN(written)];
	struct sums_state state;
	struct sums sums;

	sums_begin(&state, SUMS_ALL);
	(void)sums_add(&state, text, strlen(text));
	sums_end(&state, &sums);
	size_t n = mention_write(form, kind, sums.of[kind], to);
	memset(to + n, '=', 3);
	to[n + (form == MENTION_BASE64 ? (3 - sums_size(kind) % 3) % 3 : 0)] =
	    '\0';
	return to;
}

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "depend");
	make_folder("dist");
	make_folder("dist/assets");
	options = (struct depend){ 0 };
	job = (struct job){ 0 };
	return 0;
}

static int
run_hooked(const char *text, const char *index)
{
	struct hook hook = depend_hook(&options);

	job.hooks = &hook;
	job.hook_count = 1;
	int r = run_job(text, NULL, index);
	depend_end(&options);
	return r;
}

static void
run(const char *text)
{
	if (run_hooked(text, NULL) < 0)
		fail_msg("%s", why.text);
}

/* ---- digests ---------------------------------------------------------- */

static const struct {
	enum sums_kind kind;
	enum mention_form form;
} shapes[] = {
	{ SUMS_MD5, MENTION_HEX },
	{ SUMS_MD5, MENTION_UPPER },
	{ SUMS_MD5, MENTION_BASE64 },
	{ SUMS_SHA1, MENTION_HEX },
	{ SUMS_SHA256, MENTION_HEX },
	{ SUMS_SHA256, MENTION_BASE64 },
	{ SUMS_SHA256, MENTION_URL },
	{ SUMS_SHA384, MENTION_BASE64 },
	{ SUMS_SHA512, MENTION_HEX },
	{ SUMS_SHA512, MENTION_BASE64 },
};

static void
list_digests(const char *of, char to[ROOM])
{
	size_t len = 0;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		len += (size_t)snprintf(to + len, ROOM - len, "\"%s\",\n",
		    digest(shapes[i].kind, shapes[i].form, of));
}

static void
a_digest_of_a_changed_file_is_replaced_in_every_form(void **unused)
{
	char list[ROOM];
	(void)unused;
	put("dist/assets/app.js", CALL);
	list_digests(CALL, list);
	put("dist/list.json", list);

	run("one");

	list_digests(get("dist/assets/app.js"), list);
	expect("dist/list.json", list);
	assert_int_equal(tally.dependents, 1);
}

/* As json_encode of PHP writes a slash, and System.Text.Json a plus. */
static void
escape(const char *text, char *to, const char *plus, const char *slash)
{
	for (*to = '\0'; *text != '\0'; text++) {
		const char one[2] = { *text, '\0' };
		(void)strcat(to, *text == '+'   ? plus
				 : *text == '/' ? slash
						: one);
	}
}

static void
a_digest_that_the_text_around_escapes_stays_escaped(void **unused)
{
	static const char *const ways[][2] = { { "+", "\\/" },
		{ "\\u002B", "/" }, { "%2B", "%2F" }, { "&#x2B;", "&#x2F;" } };
	char name[32];
	char page[1024];
	char want[512];
	(void)unused;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		put("dist/assets/app.js", CALL);
		escape(digest(SUMS_SHA384, MENTION_BASE64, CALL), want,
		    ways[i][0], ways[i][1]);
		(void)snprintf(
		    page, sizeof(page), "{\"a\":\"sha384-%s\"}", want);
		(void)snprintf(name, sizeof(name), "dist/%zu.json", i);
		put(name, page);
	}
	run("value, and");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		escape(digest(SUMS_SHA384, MENTION_BASE64,
			   get("dist/assets/app.js")),
		    want, ways[i][0], ways[i][1]);
		assert_true(strpbrk(want, "\\/%;") != NULL);
		(void)snprintf(
		    page, sizeof(page), "{\"a\":\"sha384-%s\"}", want);
		(void)snprintf(name, sizeof(name), "dist/%zu.json", i);
		expect(name, page);
	}
}

static void
a_restart_with_other_values_starts_from_the_build(void **unused)
{
	char list[ROOM];
	char first[ROOM];
	(void)unused;
	put("dist/assets/app.js", CALL);
	list_digests(CALL, list);
	put("dist/list.json", list);

	run("one");
	(void)snprintf(first, sizeof(first), "%s", get("dist/list.json"));
	run("one");
	assert_int_equal(tally.rewritten, 0);
	run("two");
	list_digests(get("dist/assets/app.js"), list);
	expect("dist/list.json", list);
	run("one");
	expect("dist/list.json", first);
}

static void
digests_follow_a_chain_of_files(void **unused)
{
	char page[ROOM];
	char sw[ROOM];
	char list[ROOM];
	(void)unused;
	put("dist/assets/app.js", CALL);
	(void)snprintf(page, sizeof(page), "<script integrity=sha384-%s>",
	    digest(SUMS_SHA384, MENTION_BASE64, CALL));
	put("dist/index.html", page);
	(void)snprintf(sw, sizeof(sw), "[{revision:\"%s\",url:\"i\"}]",
	    digest(SUMS_MD5, MENTION_HEX, page));
	put("dist/sw.js", sw);
	(void)snprintf(list, sizeof(list), "{\"/sw.js\":\"%s\"}",
	    digest(SUMS_SHA1, MENTION_HEX, sw));
	put("dist/ngsw.json", list);

	run("value");

	(void)snprintf(page, sizeof(page), "<script integrity=sha384-%s>",
	    digest(SUMS_SHA384, MENTION_BASE64, get("dist/assets/app.js")));
	expect("dist/index.html", page);
	(void)snprintf(sw, sizeof(sw), "[{revision:\"%s\",url:\"i\"}]",
	    digest(SUMS_MD5, MENTION_HEX, page));
	expect("dist/sw.js", sw);
	(void)snprintf(list, sizeof(list), "{\"/sw.js\":\"%s\"}",
	    digest(SUMS_SHA1, MENTION_HEX, sw));
	expect("dist/ngsw.json", list);
	assert_int_equal(tally.dependents, 3);
}

static void
a_changed_file_without_a_revision_gets_one(void **unused)
{
	char sw[ROOM];
	(void)unused;
	put("dist/assets/app-1a2b3c.js", CALL);
	put("dist/assets/same-4d5e6f.js", "1");
	put("dist/sw.js", "p([{url:\"assets/app-1a2b3c.js\",revision:null},"
			  "{'revision': null, 'url': './assets/app-1a2b3c.js'},"
			  "{url:\"assets/same-4d5e6f.js\",revision:null}])");

	run("value");

	const char *md5 =
	    digest(SUMS_MD5, MENTION_HEX, get("dist/assets/app-1a2b3c.js"));
	(void)snprintf(sw, sizeof(sw),
	    "p([{url:\"assets/app-1a2b3c.js\",revision:\"%s\"},"
	    "{'revision': \"%s\", 'url': './assets/app-1a2b3c.js'},"
	    "{url:\"assets/same-4d5e6f.js\",revision:null}])",
	    md5, md5);
	expect("dist/sw.js", sw);
}

static void
other_files_are_not_touched(void **unused)
{
	struct stat before;
	struct stat after;
	(void)unused;
	put("dist/assets/app.js", CALL);
	put("dist/other.json", "\"d41d8cd98f00b204e9800998ecf8427e\"");
	assert_int_equal(stat(at("dist/other.json"), &before), 0);

	run("value");

	assert_int_equal(stat(at("dist/other.json"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(tally.rewritten, 1);
}

static void
a_name_that_is_a_digest_stays_the_name(void **unused)
{
	char name[256];
	char page[ROOM];
	const char *md5 = digest(SUMS_MD5, MENTION_HEX, CALL);
	(void)unused;
	(void)snprintf(name, sizeof(name), "dist/assets/app.%s.js", md5);
	put(name, CALL);
	(void)snprintf(page, sizeof(page), "<script src=app.%s.js>", md5);
	put("dist/index.html", page);

	run("value");

	expect("dist/index.html", page);
}

static void
a_digest_in_a_file_with_a_placeholder_moves_with_it(void **unused)
{
	char page[ROOM];
	(void)unused;
	put("dist/assets/app.js", CALL);
	(void)snprintf(page, sizeof(page), "%s;'%s';%s;'%s'", CALL,
	    digest(SUMS_MD5, MENTION_HEX, CALL), CALL,
	    digest(SUMS_SHA256, MENTION_BASE64, CALL));
	put("dist/main.js", page);

	run("a value that is longer than the placeholder");

	const char *app = get("dist/assets/app.js");
	(void)snprintf(page, sizeof(page), "%s;'%s';%s;'%s'", app,
	    digest(SUMS_MD5, MENTION_HEX, app), app,
	    digest(SUMS_SHA256, MENTION_BASE64, app));
	expect("dist/main.js", page);
}

/* ---- policies --------------------------------------------------------- */

static void
a_scripts_hash_in_its_own_page_is_replaced(void **unused)
{
	static const char page[] =
	    "<meta http-equiv=Content-Security-Policy content=\"script-src "
	    "'sha256-%s'\"><script>%s</script>\n<script>1</script>";
	char text[ROOM];
	char hash[MENTION_LEN_MAX];
	struct text csp = TEXT_MAX(4096);
	(void)unused;
	(void)snprintf(text, sizeof(text), page,
	    digest(SUMS_SHA256, MENTION_BASE64, SCRIPT), SCRIPT);
	put("dist/index.html", text);
	options.csp = &csp;

	run("value");

	const char *script = "globalThis.import_meta_env="
			     "JSON.parse('{\"V\":\"value\"}')";
	(void)snprintf(hash, sizeof(hash), "%s",
	    digest(SUMS_SHA256, MENTION_BASE64, script));
	(void)snprintf(text, sizeof(text), page, hash, script);
	expect("dist/index.html", text);

	(void)snprintf(text, sizeof(text),
	    "'sha256-%s' script index.html\n'sha256-%s' script index.html\n",
	    hash, digest(SUMS_SHA256, MENTION_BASE64, "1"));
	assert_int_equal(csp.len, strlen(text));
	assert_memory_equal(csp.data, text, csp.len);
	text_free(&csp);
}

static void
hashes_go_to_a_device_without_taking_its_place(void **unused)
{
	struct text csp = TEXT_MAX(64);
	(void)unused;
	text_str(&csp, "'sha256-'");
	assert_int_equal(symlink("/dev/null", at("hashes")), 0);
	assert_int_equal(depend_save(&csp, at("hashes"), &why), 0);
	assert_true(S_ISLNK(look("hashes").st_mode));
	assert_int_equal(mkfifo(at("pipe"), 0600), 0);
	assert_int_equal(depend_save(&csp, at("pipe"), &why), -1);
	text_free(&csp);
}

static void
pages_may_name_each_others_scripts(void **unused)
{
	char text[ROOM];
	const char *one = "/*1*/" CALL;
	const char *two = "/*2*/" CALL;
	(void)unused;
	(void)snprintf(text, sizeof(text), "'sha256-%s' 'sha256-%s'",
	    digest(SUMS_SHA256, MENTION_BASE64, one),
	    digest(SUMS_SHA256, MENTION_BASE64, two));
	for (unsigned i = 0; i < 2; i++) {
		char page[ROOM];
		(void)snprintf(page, sizeof(page),
		    "<meta content=\"%.200s\"><script>%s</script>", text,
		    i == 0 ? one : two);
		put(i == 0 ? "dist/1.html" : "dist/2.html", page);
	}

	run("v");

	(void)snprintf(text, sizeof(text),
	    "<meta content=\"'sha256-%s' 'sha256-%s'\">",
	    digest(SUMS_SHA256, MENTION_BASE64,
		"/*1*/JSON.parse('{\"V\":\"v\"}')"),
	    digest(SUMS_SHA256, MENTION_BASE64,
		"/*2*/JSON.parse('{\"V\":\"v\"}')"));
	assert_non_null(strstr(get("dist/1.html"), text));
	assert_non_null(strstr(get("dist/2.html"), text));
}

static void
a_script_is_hashed_with_plain_newlines(void **unused)
{
	char page[ROOM];
	(void)unused;
	(void)snprintf(page, sizeof(page),
	    "<meta content=\"'sha256-%s'\"><script>\r\n%s\r</script>",
	    digest(SUMS_SHA256, MENTION_BASE64, "\n" CALL "\n"), CALL);
	put("dist/index.html", page);

	run("v");

	assert_non_null(strstr(
	    get("dist/index.html"), digest(SUMS_SHA256, MENTION_BASE64,
					"\nJSON.parse('{\"V\":\"v\"}')\n")));
}

static void
a_page_of_too_many_scripts_is_no_reason_to_fail(void **unused)
{
	const char one[] = "<script>1</script>";
	const size_t count = 5000;
	autofree char *page = malloc(count * sizeof(one) + 200);
	char *to = page;
	(void)unused;
	assert_non_null(page);
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, one);
	(void)sprintf(to, "<script>%s</script>'sha256-%s'", CALL,
	    digest(SUMS_SHA256, MENTION_BASE64, "1"));
	put("dist/index.html", page);

	run("value");

	assert_int_equal(tally.rewritten, 1);
}

/* ---- siblings --------------------------------------------------------- */

static void
check_siblings(void)
{
	char command[PATH_MAX];
	(void)snprintf(command, sizeof(command),
	    "cd %s/dist && gunzip -c index.html.gz | cmp - index.html && "
	    "zstd -q -d -c index.html.zst | cmp - index.html && "
	    "node -e \"process.stdout.write(require('zlib')."
	    "brotliDecompressSync(require('fs').readFileSync("
	    "'index.html.br')))\" | cmp - index.html",
	    base);
	assert_int_equal(system(command), 0);
}

static void
siblings_hold_what_their_file_holds(void **unused)
{
	struct stat st;
	(void)unused;
	put("dist/index.html", "<script>" CALL "</script>");
	put("dist/index.html.gz", "stale");
	put("dist/index.html.br", "stale");
	put("dist/index.html.zst", "stale");
	put("dist/index.js.gz", "another's");
	assert_int_equal(chmod(at("dist/index.html.gz"), 0604), 0);

	run("value");

	check_siblings();
	assert_int_equal(stat(at("dist/index.html.gz"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	expect("dist/index.js.gz", "another's");
	assert_false(is_there("dist/assets/index.html.gz"));
	run("value");
	assert_int_equal(tally.rewritten, 0);
	run("other");
	check_siblings();
}

static void
siblings_of_what_mentions_a_digest_follow_too(void **unused)
{
	char text[ROOM];
	(void)unused;
	put("dist/assets/app.js", CALL);
	(void)snprintf(text, sizeof(text), "<script integrity=sha256-%s>",
	    digest(SUMS_SHA256, MENTION_BASE64, CALL));
	put("dist/index.html", text);
	put("dist/index.html.gz", "stale");
	put("dist/index.html.br", "stale");
	put("dist/index.html.zst", "stale");

	run("value");

	check_siblings();
}

static void
siblings_are_removed_or_kept_on_request(void **unused)
{
	(void)unused;
	put("dist/index.html", "<script>" CALL "</script>");
	put("dist/index.html.gz", "stale");
	options.siblings = DEPEND_REMOVE;
	run("value");
	assert_false(is_there("dist/index.html.gz"));
	run("other");
	assert_false(is_there("dist/index.html.gz"));

	options.siblings = DEPEND_KEEP;
	run("value");
	expect("dist/index.html.gz", "stale");
}

static void
a_digest_of_a_sibling_is_replaced(void **unused)
{
	char command[PATH_MAX];
	char text[ROOM];
	(void)unused;
	put("dist/index.html", CALL);
	put("dist/index.html.gz", "stale");
	(void)snprintf(text, sizeof(text), "\"%s\"",
	    digest(SUMS_SHA256, MENTION_HEX, "stale"));
	put("dist/list.json", text);

	run("value");

	(void)snprintf(command, sizeof(command),
	    "cd %s/dist && grep -q $(sha256sum <index.html.gz | cut -c-64) "
	    "list.json",
	    base);
	assert_int_equal(system(command), 0);
}

static void
what_mentions_itself_by_way_of_others_is_left(void **unused)
{
	char text[ROOM];
	(void)unused;
	(void)snprintf(text, sizeof(text), "%s\"%s\"", CALL,
	    digest(SUMS_SHA256, MENTION_HEX, "stale"));
	put("dist/index.html", text);
	put("dist/index.html.gz", "stale");

	run("value");

	assert_non_null(strstr(
	    get("dist/index.html"), digest(SUMS_SHA256, MENTION_HEX, "stale")));
}

/* ---- maps ------------------------------------------------------------- */

#define APP "a();" CALL ";b()\n"
/* columns 0, 4, 15 (inside), 47 (behind the placeholder), 51 */
#define APP_MAP                                                             \
	"{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"AAAA,IAAI,WAAK," \
	"gCAAK,IAAE\"}"

static void
the_map_beside_a_file_is_shifted(void **unused)
{
	(void)unused;
	put("dist/assets/app.js", APP);
	put("dist/assets/app.js.map", APP_MAP);
	put("dist/assets/app.js.map.gz", "stale");

	run("v");

	/* {"V":"v"} is 20 bytes shorter than the word in its quotes */
	expect("dist/assets/app.js", "a();JSON.parse('{\"V\":\"v\"}');b()\n");
	assert_string_equal(get("dist/assets/app.js.map"),
	    "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"AAAA,IAAI,WAAK,"
	    "YAAK,IAAE\"}");
	assert_int_equal(tally.rewritten, 3);
}

static void
a_map_is_found_by_its_url(void **unused)
{
	(void)unused;
	make_folder("dist/maps");
	put("dist/assets/app.js",
	    APP "//# sourceMappingURL=../maps/app%2Emap?x\n");
	put("dist/maps/app.map", APP_MAP);

	run("v");

	assert_null(strstr(get("dist/maps/app.map"), "gCAAK"));
}

static void
a_map_that_cannot_be_read_is_left_alone(void **unused)
{
	(void)unused;
	put("dist/assets/app.js", APP);
	put("dist/assets/app.js.map", "{\"sections\":[]}");

	run("v");

	expect("dist/assets/app.js.map", "{\"sections\":[]}");
	assert_int_equal(tally.rewritten, 1);
}

static void
no_map_is_looked_for_outside_of_the_tree(void **unused)
{
	(void)unused;
	put("dist/assets/app.js",
	    APP "//# sourceMappingURL=../../app.js.map\n");
	put("app.js.map", APP_MAP);

	run("v");

	expect("app.js.map", APP_MAP);
}

/* ---- the index -------------------------------------------------------- */

/* Other contents behind the back of whoever looks at size and time. */
static void
swap_contents(const char *name, const char *text)
{
	struct stat st;
	assert_int_equal(stat(at(name), &st), 0);
	assert_int_equal(st.st_size, strlen(text));
	put(name, text);
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	assert_int_equal(utimensat(AT_FDCWD, at(name), times, 0), 0);
}

static void
with_an_index_only_what_mentions_the_trees_files_is_read(void **unused)
{
	char list[ROOM];
	char other[ROOM];
	autofree char *index = strdup(at("index"));
	(void)unused;
	put("dist/assets/app.js", CALL);
	list_digests(CALL, list);
	put("dist/list.json", list);
	list_digests("what is no file here", other);
	put("dist/other.json", other);
	assert_int_equal(run_hooked("", index), 0);
	/* who reads it finds what it must replace */
	swap_contents("dist/other.json", list);

	job.index = index;
	run("value");

	expect("dist/other.json", list);
	list_digests(get("dist/assets/app.js"), list);
	expect("dist/list.json", list);
}

static bool
wants_one(const void *arg, const char *path)
{
	(void)arg;
	return strcmp(path, "assets/app.js") == 0;
}

static void
a_run_for_one_file_reads_by_an_index_what_mentions_it(void **unused)
{
	char list[ROOM];
	char other[ROOM];
	autofree char *index = strdup(at("index"));
	(void)unused;
	put("dist/assets/app.js", CALL);
	list_digests(CALL, list);
	put("dist/list.json", list);
	list_digests("what is no file here", other);
	put("dist/other.json", other);
	job.wants = wants_one; /* which the index is not made for */
	assert_int_equal(run_hooked("", index), 0);
	swap_contents("dist/other.json", list);
	put("dist/new.json", list);

	job.index = index;
	run("value");

	expect("dist/other.json", list);
	list_digests(get("dist/assets/app.js"), list);
	expect("dist/list.json", list);
	expect("dist/new.json", list);
	assert_int_equal(tally.scanned, 3);
}

static void
what_an_index_of_one_file_leaves_out_is_no_secret_to_others(void **unused)
{
	char list[ROOM];
	autofree char *index = strdup(at("index"));
	(void)unused;
	put("dist/assets/app.js", "0");
	put("dist/page.js", CALL);
	list_digests(CALL, list);
	put("dist/list.json", list);
	job.wants = wants_one;
	assert_int_equal(run_hooked("", index), 0);

	job.wants = NULL;
	job.index = index;
	run("value");

	list_digests(get("dist/page.js"), list);
	expect("dist/list.json", list);
}

static void
an_index_made_without_digests_hides_none(void **unused)
{
	char list[ROOM];
	autofree char *index = strdup(at("index"));
	(void)unused;
	put("dist/assets/app.js", CALL);
	list_digests(CALL, list);
	put("dist/list.json", list);
	options.no_digests = true;
	assert_int_equal(run_hooked("", index), 0);

	options.no_digests = false;
	job.index = index;
	run("value");

	list_digests(get("dist/assets/app.js"), list);
	expect("dist/list.json", list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_digest_of_a_changed_file_is_replaced_in_every_form),
		TEST(a_digest_that_the_text_around_escapes_stays_escaped),
		TEST(a_restart_with_other_values_starts_from_the_build),
		TEST(digests_follow_a_chain_of_files),
		TEST(a_changed_file_without_a_revision_gets_one),
		TEST(other_files_are_not_touched),
		TEST(a_name_that_is_a_digest_stays_the_name),
		TEST(a_digest_in_a_file_with_a_placeholder_moves_with_it),
		TEST(a_scripts_hash_in_its_own_page_is_replaced),
		TEST(hashes_go_to_a_device_without_taking_its_place),
		TEST(pages_may_name_each_others_scripts),
		TEST(a_script_is_hashed_with_plain_newlines),
		TEST(siblings_hold_what_their_file_holds),
		TEST(siblings_of_what_mentions_a_digest_follow_too),
		TEST(siblings_are_removed_or_kept_on_request),
		TEST(a_digest_of_a_sibling_is_replaced),
		TEST(what_mentions_itself_by_way_of_others_is_left),
		TEST(a_page_of_too_many_scripts_is_no_reason_to_fail),
		TEST(the_map_beside_a_file_is_shifted),
		TEST(a_map_is_found_by_its_url),
		TEST(a_map_that_cannot_be_read_is_left_alone),
		TEST(no_map_is_looked_for_outside_of_the_tree),
		TEST(with_an_index_only_what_mentions_the_trees_files_is_read),
		TEST(a_run_for_one_file_reads_by_an_index_what_mentions_it),
		TEST(an_index_made_without_digests_hides_none),
		TEST(
		    what_an_index_of_one_file_leaves_out_is_no_secret_to_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
