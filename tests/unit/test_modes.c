#include "envsubst/modes.h"

#include "core/guard_heap.h"

#include "plot.h"

#include <dirent.h>
#include <time.h>

static struct tally tally;
static struct failure why;

/* What is usual; a test changes some of it. */
static struct modes_wish wish;

static const struct scope_var usual[] = {
	{ "URL", "https://a.test/?x=1&y=2", 23 },
	{ "EVIL", "</script>'\"`${x}\\\n<b>", 21 },
	{ "PORT", "8080", 4 },
	{ "SECTION", "80; evil on", 11 },
	{ "UNSET", NULL, 0 },
	{ "URL_BASE", "/base", 5 },
};

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "modes");
	make_folder("dist");
	wish = (struct modes_wish){ .kind = MODES_EXPAND,
		.var = usual,
		.count = ARRAY_LEN(usual),
		.quoting = -1,
		.path = "env.js",
		.global = "window.env" };
	return 0;
}

/* In place, or an index of what it would find, at the path of one. */
static int
run_or_index(const char *make, const char *use)
{
	struct modes modes;
	struct hook hook;
	autofree char *root = strdup(at("dist"));
	autofree char *store = strdup(at(".dist.cradle"));
	struct job job = { .root = root, .store = store, .index = use };

	tally = (struct tally){ 0 };
	if (modes_make(&wish, &modes, &job, &hook, &why) < 0)
		return -1;
	job.hooks = &hook;
	job.hook_count = hook.run != NULL;
	int r = make == NULL ? engine_run(&job, &tally, &why)
			     : engine_index(&job, make, &tally, &why);
	modes_free(&modes);
	return r;
}

static int
run(void)
{
	return run_or_index(NULL, NULL);
}

/* ---- what is written where ---------------------------------------------- */

#define JS_EVIL    \
	"\\u003C/" \
	"script\\u003E\\u0027\\u0022\\u0060\\u0024{x}\\\\\\n\\u003Cb\\u003E"
#define HTML_EVIL "&lt;/script&gt;&#39;&quot;&#96;${x}\\\n&lt;b&gt;"
#define BARE_EVIL "&lt;/script&gt;&#39;&quot;&#96;${x}\\&#10;&lt;b&gt;"

static const struct {
	const char *name;
	const char *text;
	const char *becomes;
} files[] = {
	{ "a.txt", "$URL ${PORT} $PORTS $$PORT ${x} \\$PORT",
	    "https://a.test/?x=1&y=2 8080 $PORTS $8080 ${x} \\8080" },
	{ "a.js", "a='${EVIL}',b=`${x} ${EVIL}`,c=\"$PORT\",$scope",
	    "a='" JS_EVIL "',b=`${x} " JS_EVIL "`,c=\"8080\",$scope" },
	{ "b.js", "port=${PORT};evil=${EVIL};url=${URL@literal}",
	    "port=8080;evil=\"" JS_EVIL
	    "\";url=\"https://a.test/?x=1\\u0026y=2\"" },
	{ "c.mjs", "`${PORT} ${`a` + ${PORT}}`", "`8080 ${`a` + 8080}`" },
	{ "c.js",
	    "/* ${PORT} it's ${EVIL} */a='${PORT}'// ${SECTION} `\n"
	    "b=/x'/.test(${PORT})?${PORT}/2:`${x ? `${PORT}` : ${EVIL}}`",
	    "/* 8080 it's \\u003C\\u002Fscript\\u003E\\u0027\\u0022\\u0060"
	    "\\u0024\\u007Bx\\u007D\\u005C\\u000A\\u003Cb\\u003E */"
	    "a='8080'// 80\\u003B evil on `\n"
	    "b=/x'/.test(8080)?8080/2:`${x ? `8080` : \"" JS_EVIL "\"}`" },
	/* taken for a regular expression, which cannot be right */
	{ "d.js", "a={}/'${EVIL}';",
	    "a={}/'\\u003C\\u002Fscript\\u003E"
	    "\\u0027\\u0022\\u0060\\u0024\\u007Bx\\u007D\\u005C\\u000A"
	    "\\u003Cb\\u003E';" },
	{ "a.json", "{\"a\":\"${EVIL}\",\"b\":${PORT},\"c\":${SECTION}}",
	    "{\"a\":\"</script>'\\\"`${x}\\\\\\n<b>\",\"b\":8080,"
	    "\"c\":\"80; evil on\"}" },
	{ "a.html",
	    "<p title=\"${EVIL}\" id=$EVIL onclick='f(\"$PORT\")'>${EVIL}"
	    "<!-- ${EVIL} --><script>var a='${EVIL}'</script >${URL}",
	    "<p title=\"" HTML_EVIL "\" id=" BARE_EVIL
	    " onclick='f(\"8080\")'>" HTML_EVIL "<!-- " HTML_EVIL
	    " --><script>var a='" JS_EVIL
	    "'</script >https://a.test/?x=1&amp;y=2" },
	{ "b.html.template",
	    "<script type=\"application/json\">{\"a\":\"$EVIL\"}</script>"
	    "<style>a{b:'${SECTION}'}</style><a onclick=\"x('$EVIL')\">"
	    "<a href=\"${URL@raw}\">",
	    "<script type=\"application/json\">{\"a\":\"" JS_EVIL
	    "\"}</script><style>a{b:'80\\00003b evil on'}</style>"
	    "<a onclick=\"x('\\u003C/script\\u003E\\u0027\\u0022\\u0060\\u0024{"
	    "x}\\\\\\n\\u003Cb\\u003E')\">"
	    "<a href=\"https://a.test/?x=1&y=2\">" },
	{ "a.css", "a{b:url('${URL}')}",
	    "a{b:url('https://a.test/\\00003fx\\00003d1\\000026y\\00003d2')}" },
	{ "a.conf",
	    "# it's ${PORT}\nlisten ${PORT};\nset $x \"${SECTION}\";\n"
	    "return 301 ${host}'\"' '${EVIL@url}';",
	    "# it's 8080\nlisten 8080;\nset $x \"80; evil on\";\n"
	    "return 301 ${host}'\"' "
	    "'%3C%2Fscript%3E%27%22%60%24%7Bx%7D%5C%0A%3Cb%3E';" },
	{ "a.sh", "${UNSET:-none} ${UNSET:=got} $UNSET [${URL%%\\?*}]",
	    "none got got [https://a.test/]" },
};

static void
each_value_is_quoted_for_its_place(void **unused)
{
	(void)unused;
	char name[64];
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(name, sizeof(name), "dist/%s", files[i].name);
		put(name, files[i].text);
	}
	if (run() < 0)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(name, sizeof(name), "dist/%s", files[i].name);
		expect(name, files[i].becomes);
	}
	assert_int_equal(tally.placeholders, ARRAY_LEN(files));
}

static void
one_quoting_may_be_for_all_places(void **unused)
{
	(void)unused;
	put("dist/a.html", "<p>$EVIL</p>");
	wish.quoting = QUOTE_RAW;
	assert_int_equal(run(), 0);
	expect("dist/a.html", "<p></script>'\"`${x}\\\n<b></p>");
}

static void
a_restart_with_other_values_begins_with_the_original(void **unused)
{
	(void)unused;
	static const struct scope_var other[] = { { "PORT", "1", 1 } };
	put("dist/a.txt", "${PORT:=2} $PORT $URL\n");
	assert_int_equal(run(), 0);
	expect("dist/a.txt", "8080 8080 https://a.test/?x=1&y=2\n");
	wish.var = other;
	wish.count = 1;
	assert_int_equal(run(), 0);
	expect("dist/a.txt", "1 1 $URL\n");
	assert_int_equal(run(), 0);
	assert_int_equal(tally.rewritten, 0);
}

/* ---- what cannot be written --------------------------------------------- */

static const struct {
	const char *name;
	const char *text;
	enum fillin_unset unset;
	bool strict;
	const char *says;
} refusals[] = {
	{ "a.txt", "a\n b ${UNSET:?is needed}", FILLIN_UNSET_EMPTY, false,
	    "cannot substitute a.txt:2:4: UNSET: is needed" },
	{ "a.txt", "${UNSET?}", FILLIN_UNSET_EMPTY, false,
	    "cannot substitute a.txt:1:1: UNSET is not set or empty" },
	{ "a.txt", "$UNSET", FILLIN_UNSET_ERROR, false,
	    "cannot substitute a.txt:1:1: UNSET is not set (set it, or write "
	    "${UNSET:-DEFAULT})" },
	{ "a.conf", "listen ${SECTION};", FILLIN_UNSET_EMPTY, false,
	    "cannot substitute a.conf:1:8: the value of SECTION cannot be "
	    "written there so that it stays one value (put the place in "
	    "quotes, or write ${SECTION@raw})" },
	{ "a.txt", "x ${PORT:2:-9}", FILLIN_UNSET_EMPTY, true,
	    "cannot substitute a.txt:1:3: PORT: the offset or the length is no "
	    "integer within the value" },
	{ "a.txt", "x ${PORT.a}", FILLIN_UNSET_EMPTY, true, "a.txt:1:3" },
};

static void
what_cannot_be_written_changes_nothing(void **unused)
{
	(void)unused;
	put("dist/0.txt", "$PORT");
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		char name[64];
		(void)snprintf(name, sizeof(name), "dist/%s", refusals[i].name);
		put(name, refusals[i].text);
		wish.unset = refusals[i].unset;
		wish.strict = refusals[i].strict;
		assert_int_equal(run(), -1);
		if (strstr(why.text, refusals[i].says) == NULL)
			assert_string_equal(why.text, refusals[i].says);
		expect(name, refusals[i].text);
		expect("dist/0.txt", "$PORT");
		assert_int_equal(unlink(at(name)), 0);
	}
}

static void
all_values_that_are_missing_are_told_together(void **unused)
{
	char many[32 * 12] = "";
	(void)unused;
	put("dist/a.txt", "$UNSET $PORT\n");
	put("dist/b.txt", "$PORT ${UNSET:?is needed}\n");
	wish.unset = FILLIN_UNSET_ERROR;
	assert_int_equal(run(), -1);
	assert_string_equal(why.text,
	    "cannot substitute a.txt:1:1: UNSET is not set (set it, or write "
	    "${UNSET:-DEFAULT}); b.txt:1:7: UNSET: is needed");
	assert_int_equal(why.code, 78);
	expect("dist/a.txt", "$UNSET $PORT\n");

	for (int i = 0; i < 32; i++)
		(void)strcat(many, "${UNSET?}\n");
	put("dist/a.txt", many);
	assert_int_equal(run(), -1);
	assert_non_null(strstr(why.text, "; a.txt:8:1: "));
	assert_null(strstr(why.text, "a.txt:9:1: "));
	assert_string_equal(
	    why.text + strlen(why.text) - strlen("; and more"), "; and more");
	expect("dist/a.txt", many);

	wish.at_once = true;
	assert_int_equal(run(), -1);
	assert_null(strstr(why.text, ";"));
}

static void
what_cannot_be_read_stays_unless_it_must_not(void **unused)
{
	(void)unused;
	static const char text[] = "${PORT.a} ${PORT ${PORT:2:-9} ${ $ ${PORT";
	put("dist/a.txt", text);
	assert_int_equal(run(), 0);
	expect("dist/a.txt", text);
	put("dist/a.txt", "${UNSET} ${PORT}");
	wish.unset = FILLIN_UNSET_KEEP;
	assert_int_equal(run(), 0);
	expect("dist/a.txt", "${UNSET} 8080");
}

/* ---- an index ----------------------------------------------------------- */

static const char *const prefix[] = { "PUBLIC_", NULL };

/* The bytes that a start reads with the index of an earlier wish. */
static uint64_t
start_by_index(const char *index)
{
	remove_all(".dist.cradle");
	if (run_or_index(NULL, index) < 0)
		fail_msg("%s", why.text);
	return tally.read;
}

static void
an_index_tells_which_files_have_places(void **unused)
{
	static const char text[] = "100% of __proto__ $PATH ${x}\n";
	autofree char *index = strdup(at("index"));
	(void)unused;
	put("dist/plain.txt", text);

	wish.unset = FILLIN_UNSET_KEEP;
	for (int kind = MODES_EXPAND; kind <= MODES_TOKEN; kind++) {
		put("dist/page.txt", "${PORT} __PORT__\n");
		wish.kind = (enum modes_kind)kind;
		assert_int_equal(run_or_index(index, NULL), 0);
		assert_int_equal(start_by_index(index), 17);
		assert_int_equal(tally.rewritten, 1);
	}
	/* of all names none can be told to be without places */
	put("dist/page.txt", "${PORT}\n");
	wish.kind = MODES_EXPAND;
	wish.all = true;
	assert_int_equal(run_or_index(index, NULL), 0);
	assert_int_equal(start_by_index(index), 8 + sizeof(text) - 1);
}

static void
an_index_for_other_names_is_not_used(void **unused)
{
	static const struct scope_var other = { "PATH", "/bin", 4 };
	autofree char *index = strdup(at("index"));
	(void)unused;
	wish.unset = FILLIN_UNSET_KEEP;
	for (int kind = MODES_EXPAND; kind <= MODES_TOKEN; kind++) {
		put("dist/page.txt", "$PATH __PATH__\n");
		wish.kind = (enum modes_kind)kind;
		wish.var = usual;
		wish.count = ARRAY_LEN(usual);
		assert_int_equal(run_or_index(index, NULL), 0);
		wish.var = &other;
		wish.count = 1;
		assert_int_equal(start_by_index(index), 15);
		assert_int_equal(tally.rewritten, 1);
	}
}

/* Which names of a prefix are set is not known when an image is built. */
static void
an_index_for_a_prefix_is_right_for_what_is_set_later(void **unused)
{
	static const struct scope_var set = { "PUBLIC_URL", "/api", 4 };
	autofree char *index = strdup(at("index"));
	(void)unused;
	wish.prefix = prefix;
	wish.prefixes = 1;
	wish.unset = FILLIN_UNSET_KEEP;
	for (int kind = MODES_EXPAND; kind <= MODES_TOKEN; kind++) {
		put("dist/page.txt", "$PUBLIC_URL __PUBLIC_URL__\n");
		put("dist/plain.txt", "$PRIVATE\n");
		wish.kind = (enum modes_kind)kind;
		wish.count = 0;
		assert_int_equal(run_or_index(index, NULL), 0);
		wish.var = &set;
		wish.count = 1;
		assert_int_equal(start_by_index(index), 27);
		assert_int_equal(tally.rewritten, 1);
	}
}

/* ---- streams ------------------------------------------------------------ */

/* Larger than any window, with a reference over every cut. */
static void
a_file_of_any_size_is_read_in_pieces(void **unused)
{
	(void)unused;
	static const char piece[] = "0123456789 ${PORT:-x} $URL_BASE ${x}\n";
	static const char done[] = "0123456789 8080 /base ${x}\n";
	size_t count = 40000;
	autofree char *text = malloc(count * (sizeof(piece) - 1) + 1);
	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * (sizeof(piece) - 1), piece, sizeof(piece));
	put("dist/big.txt", text);
	if (run() < 0)
		fail_msg("%s", why.text);
	assert_int_equal(tally.edits, 2 * count);

	size_t len = count * (sizeof(done) - 1);
	autofree char *have = malloc(len + 1);
	assert_non_null(have);
	autoclose int fd = open(at("dist/big.txt"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd_read_full(fd, have, len + 1), (ssize_t)len);
	for (size_t i = 0; i < count; i++)
		assert_memory_equal(
		    have + i * (sizeof(done) - 1), done, sizeof(done) - 1);
}

/* Time grows with the size alone, wherever the places are. */
static void
many_places_in_one_comment_or_expression_take_no_time(void **unused)
{
	(void)unused;
	static const char *const begins[] = { "/*", "a={}/[", "`", "'", "//" };
	for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
		size_t count = 60000;
		char name[32];
		autofree char *text = malloc(count * 8 + 16);
		assert_non_null(text);
		char *to = stpcpy(text, begins[i]);
		for (size_t k = 0; k < count; k++)
			to = stpcpy(to, "${PORT} ");
		(void)snprintf(name, sizeof(name), "dist/%zu.js", i);
		put(name, text);
	}
	/* minutes where it is read anew for each of them */
	clock_t began = clock();
	if (run() < 0)
		fail_msg("%s", why.text);
	assert_true((clock() - began) / CLOCKS_PER_SEC < 10);
}

/* ---- what is read back -------------------------------------------------- */

#define VALUES 60

/* Text of the characters that strings, tags and templates are made of. */
static void
make_value(char *to, size_t size)
{
	static const char *const parts[] = { "'", "\"", "`", "\\", "$", "{",
		"}", "${x}", "</script>", "<!--", "-->", "\n", "\r", "\t",
		"\x01", "\x7f", "\xe2\x80\xa8", "\xc3\xa9", "\xf0\x9f\x98\x80",
		"&amp;", "&", "<", ">", "/", "*/", "//", "#", ";", "=", " ",
		"a", "\\u0041", "\\n", "0", "-", "$&", "$$", "$'", "%41", "]]>",
		"/*" };
	static uint32_t seed = 7;
	size_t len = 0;
	to[0] = '\0';
	for (unsigned n = 0; n < 12; n++) {
		seed = seed * 1664525 + 1013904223;
		const char *part = parts[(seed >> 8) % ARRAY_LEN(parts)];
		if (len + strlen(part) + 1 > size || (seed >> 28) == 0)
			break;
		strcpy(to + len, part);
		len += strlen(part);
	}
}

/* The same variables in every place that can be read back. */
static void
put_places(void)
{
	static const struct {
		const char *name;
		const char *before;
		const char *each; /* three times V%u_ */
		const char *behind;
	} places[] = {
		{ "v.js", "module.exports=[",
		    "[\"${V%u_}\",'$V%u_',`<b>${V%u_}</b>`.slice(3,-4)],",
		    "]" },
		{ "code.js", "/* ${V0_} */module.exports=[// ${V1_}\n",
		    "[`${`${V%u_}`}`,String(${V%u_}),'__V%u___'],", "]" },
		{ "v.json", "[", "[\"${V%u_}\",${V%u_@literal},\"$V%u_\"],",
		    "0]" },
		{ "v.html", "<!-- ${V0_} -->",
		    "<p t=\"${V%u_}\" u='${V%u_}'>${V%u_}</p>\n", "" },
		{ "page.html", "<script>var v=[",
		    "['${V%u_}',\"${V%u_}\",`${V%u_}`],", "]</script>" },
	};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char name[64];
		autofree char *text = malloc(64 * 1024);
		assert_non_null(text);
		int n = sprintf(text, "%s", places[i].before);
		for (unsigned k = 0; k < VALUES; k++) {
			const char *c = places[i].each;
			for (; *c != '\0'; c++) {
				if (strncmp(c, "%u", 2) == 0)
					n += sprintf(text + n, "%u", k);
				else
					text[n++] = *c;
				c += *c == '%';
			}
		}
		(void)sprintf(text + n, "%s", places[i].behind);
		(void)snprintf(name, sizeof(name), "dist/%s", places[i].name);
		put(name, text);
	}
}

/* Prints what differs. */
static const char reader[] =
    "const fs=require('fs'),d=process.argv[2]+'/dist/';\n"
    "const want=fs.readFileSync(process.argv[2]+'/values').toString()"
    ".split('\\0').slice(0,-1);\n"
    "const un=t=>t.replace(/&(amp|lt|gt|quot|#\\d+);/g,(m,n)=>({amp:'&',"
    "lt:'<',gt:'>',quot:'\"'})[n]??String.fromCharCode(n.slice(1)));\n"
    "const look=(what,got)=>got.length!==want.length?"
    "console.log(what,'has',got.length):got.forEach((list,i)=>list.forEach((v,"
    "k)=>{\n"
    "if(v!==want[i])console.log(what,k,JSON.stringify(want[i]),"
    "JSON.stringify(v))}));\n"
    "look('js',require(d+'v.js'));\n"
    "look('code',require(d+'code.js').map(l=>l.slice(0,2)));\n"
    "look('json',JSON.parse(fs.readFileSync(d+'v.json')).slice(0,-1));\n"
    "const html=fs.readFileSync(d+'v.html').toString();\n"
    "look('html',[...html.slice(html.indexOf('-->')+3).matchAll("
    "/<p t=\"([^\"]*)\" u='([^']*)'>([^<]*)<\\/p>\\n/g)]"
    ".map(m=>m.slice(1).map(un)));\n"
    "const page=fs.readFileSync(d+'page.html').toString();\n"
    "const code=page.slice(8,page.indexOf('</script>'));\n"
    "look('page',new Function(code+';return v')());\n";

static void
what_is_read_back_is_the_value(void **unused)
{
	(void)unused;
	static char names[VALUES][8];
	static char values[VALUES][128];
	static struct scope_var vars[VALUES];
	char command[256];
	char said[4096];

	autoclose int fd =
	    open(at("values"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	for (unsigned i = 0; i < VALUES; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "V%u_", i);
		/* never one that code would read as a number */
		values[i][0] = 'v';
		make_value(values[i] + 1, sizeof(values[i]) - 1);
		vars[i] = (struct scope_var){ names[i], values[i],
			strlen(values[i]) };
		assert_int_equal(
		    fd_write_all(fd, values[i], vars[i].len + 1), 0);
	}
	wish.var = vars;
	wish.count = VALUES;
	put_places();
	put("read.js", reader);
	if (run() < 0)
		fail_msg("%s", why.text);
	(void)snprintf(command, sizeof(command),
	    "node %s/read.js %s >%s/said 2>&1", base, base, base);
	int status = system(command);
	assert_true(fd_read_text(at("said"), said, sizeof(said)) >= 0);
	if (status == 127 << 8)
		skip();
	assert_string_equal(said, "");
	assert_int_equal(status, 0);
}

/* ---- tokens ------------------------------------------------------------- */

static void
tokens_of_the_usual_forms_are_filled_in(void **unused)
{
	(void)unused;
	wish.kind = MODES_TOKEN;
	put("dist/a.js",
	    "a='__URL____URL_BASE__',b=\"%PORT%\",c=`{{ EVIL }}{{PORT}}`,"
	    "d=__PORT__,e=__proto__,__dirname__,f='50%20%PORT',g=__OTHER_1__");
	assert_int_equal(run(), 0);
	expect("dist/a.js",
	    "a='https://a.test/?x=1\\u0026y=2/base',b=\"8080\",c=`" JS_EVIL
	    "8080`,"
	    "d=8080,e=__proto__,__dirname__,f='50%20%PORT',g=__OTHER_1__");
	assert_int_equal(tally.left_over, 1);
	assert_int_equal(tally.edits, 6);
}

static void
the_longest_token_wins(void **unused)
{
	(void)unused;
	static const char *const pattern[] = { "@@NAME", "@@NAME@@" };
	wish.kind = MODES_TOKEN;
	wish.pattern = pattern;
	wish.patterns = 2;
	put("dist/a.txt",
	    "@@URL@@ @@URL_BASE @@URL_BASE@@ @@URLX @@PORT_ __PORT__");
	assert_int_equal(run(), 0);
	expect("dist/a.txt", "https://a.test/?x=1&y=2 /base /base "
			     "https://a.test/?x=1&y=2X 8080_ "
			     "__PORT__");
}

static void
a_pattern_needs_a_name_and_a_beginning(void **unused)
{
	(void)unused;
	static const char *const wrong[] = { "@@", "NAME", "NAME@@",
		"@NAME@NAME@" };
	wish.kind = MODES_TOKEN;
	wish.patterns = 1;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		wish.pattern = &wrong[i];
		assert_int_equal(run(), -1);
		assert_non_null(strstr(why.text, wrong[i]));
	}
}

/* ---- a file of its own -------------------------------------------------- */

static void
the_variables_become_a_script_or_json(void **unused)
{
	(void)unused;
	static const struct scope_var some[] = { { "B", "</script>", 9 },
		{ "A", "it's", 4 }, { "U", NULL, 0 }, { "__proto__", "x", 1 } };
	wish.kind = MODES_FILE;
	wish.var = some;
	wish.count = ARRAY_LEN(some);
	put("dist/index.html", "<script src=\"/env.js\"></script>");
	assert_int_equal(run(), 0);
	expect("dist/env.js",
	    "window.env = "
	    "{\"B\":\"\\u003C/script\\u003E\",\"A\":\"it\\u0027s\","
	    "[\"__proto__\"]:\"x\"};\n");
	expect("dist/index.html", "<script src=\"/env.js\"></script>");

	wish.path = "env.json";
	wish.global = NULL;
	assert_int_equal(run(), 0);
	expect("dist/env.json",
	    "{\"B\":\"\\u003C/script\\u003E\",\"A\":\"it\\u0027s\","
	    "\"__proto__\":\"x\"}\n");
	assert_int_equal(access(at("dist/env.js"), F_OK), -1);
}

/* The one name in the folder that begins and ends so. */
static void
find_hashed(char *ret, size_t size)
{
	DIR *d = opendir(at("dist"));
	unsigned found = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		size_t len = strlen(e->d_name);
		if (strncmp(e->d_name, "env.", 4) != 0 || len != 15)
			continue;
		assert_true(len < size);
		memcpy(ret, e->d_name, len + 1);
		found++;
	}
	(void)closedir(d);
	assert_int_equal(found, 1);
}

static void
its_name_follows_its_contents_and_pages_follow_it(void **unused)
{
	(void)unused;
	static const struct scope_var one[] = { { "A", "1", 1 } };
	static const struct scope_var two[] = { { "A", "2", 1 } };
	char first[64];
	char second[64];
	char page[256];
	wish.kind = MODES_FILE;
	wish.hash = true;
	wish.var = one;
	wish.count = 1;
	put("dist/index.html",
	    "<script src=env.js></script><a href='/x/env.js?v'>my-env.js</a>");
	put("dist/app.js", "import('env.js')");
	assert_int_equal(run(), 0);
	find_hashed(first, sizeof(first));
	(void)snprintf(page, sizeof(page),
	    "<script src=%s></script><a href='/x/%s?v'>my-env.js</a>", first,
	    first);
	expect("dist/index.html", page);
	expect("dist/app.js", "import('env.js')");

	wish.var = two;
	assert_int_equal(run(), 0);
	find_hashed(second, sizeof(second));
	assert_string_not_equal(first, second);
}

static void
a_file_stays_within_the_root(void **unused)
{
	(void)unused;
	static const char *const wrong[] = { "../env.js", "/env.js", "a//b.js",
		"", "a/../b.js", "./a.js" };
	wish.kind = MODES_FILE;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		wish.path = wrong[i];
		assert_int_equal(run(), -1);
		assert_non_null(strstr(why.text, "within the asset root"));
	}
	static const char *const globals[] = { "", "a b", "1a", "a.", ".a",
		"a..b", "a[0]", "alert(1);a" };
	wish.path = "env.js";
	for (size_t i = 0; i < ARRAY_LEN(globals); i++) {
		wish.global = globals[i];
		assert_int_equal(run(), -1);
		assert_non_null(strstr(why.text, "no name of a global"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_value_is_quoted_for_its_place),
		TEST(one_quoting_may_be_for_all_places),
		TEST(a_restart_with_other_values_begins_with_the_original),
		TEST(what_cannot_be_written_changes_nothing),
		TEST(all_values_that_are_missing_are_told_together),
		TEST(what_cannot_be_read_stays_unless_it_must_not),
		TEST(an_index_for_a_prefix_is_right_for_what_is_set_later),
		TEST(an_index_for_other_names_is_not_used),
		TEST(an_index_tells_which_files_have_places),
		TEST(a_file_of_any_size_is_read_in_pieces),
		TEST(many_places_in_one_comment_or_expression_take_no_time),
		TEST(what_is_read_back_is_the_value),
		TEST(tokens_of_the_usual_forms_are_filled_in),
		TEST(the_longest_token_wins),
		TEST(a_pattern_needs_a_name_and_a_beginning),
		TEST(the_variables_become_a_script_or_json),
		TEST(its_name_follows_its_contents_and_pages_follow_it),
		TEST(a_file_stays_within_the_root),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
