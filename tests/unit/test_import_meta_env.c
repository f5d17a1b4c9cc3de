#include "envsubst/glob.h"
#include "envsubst/import_meta_env.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "config_scratch.h"

/* ---- globs ------------------------------------------------------------ */

static const char *const files[] = { "a.js", "b.js", "ab.js", "a1.js", "a10.js",
	".h.js", "[id].js", "\u00e9.js", "d/a.js", "d/b.css", "d/.x",
	"d/e/a.js", "d/e/f/a.js", "o/p/q.js", "a-b", "x.js.map" };

/* What glob 11 finds among them, in order of names. */
static const struct {
	const char *pattern;
	const char *found;
} globs[] = {
	{ "a.js", "a.js" },
	{ "*", "[id].js a-b a.js a1.js a10.js ab.js b.js x.js.map é.js" },
	{ "*.js", "[id].js a.js a1.js a10.js ab.js b.js é.js" },
	{ "**", "[id].js a-b a.js a1.js a10.js ab.js b.js d/a.js d/b.css "
		"d/e/a.js d/e/f/a.js o/p/q.js x.js.map é.js" },
	{ "**/*", "[id].js a-b a.js a1.js a10.js ab.js b.js d/a.js d/b.css "
		  "d/e/a.js d/e/f/a.js o/p/q.js x.js.map é.js" },
	{ "**/*.js", "[id].js a.js a1.js a10.js ab.js b.js d/a.js d/e/a.js "
		     "d/e/f/a.js o/p/q.js é.js" },
	{ "d/**/*", "d/a.js d/b.css d/e/a.js d/e/f/a.js" },
	{ "d/**", "d/a.js d/b.css d/e/a.js d/e/f/a.js" },
	{ "d", "" },
	{ "d/", "" },
	{ "d/*", "d/a.js d/b.css" },
	{ "./a.js", "a.js" },
	{ "d/../a.js", "a.js" },
	{ "d/**/../a.js", "a.js d/a.js d/e/a.js" },
	{ "d/**/q.js", "" },
	{ "d/**/*.js", "d/a.js d/e/a.js d/e/f/a.js" },
	{ "d/l/p/*", "d/l/p/q.js" },
	{ "la.js", "" },
	{ "*.{js,css}", "[id].js a.js a1.js a10.js ab.js b.js é.js" },
	{ "{a,b}.js", "a.js b.js" },
	{ "a{1..10}.js", "a1.js a10.js" },
	{ "a{,1}.js", "a.js a1.js" },
	{ "{a..c}.js", "a.js b.js" },
	{ "a?.js", "a1.js ab.js" },
	{ "??.js", "a1.js ab.js" },
	{ "[ab].js", "a.js b.js" },
	{ "[!a].js", "b.js é.js" },
	{ "[a-c].js", "a.js b.js" },
	{ "[id].js", "" },
	{ "\\[id].js", "[id].js" },
	{ "[[]id].js", "[id].js" },
	{ "?(a)b.js", "ab.js b.js" },
	{ "*(a|b).js", "a.js ab.js b.js" },
	{ "+(a|b).js", "a.js ab.js b.js" },
	{ "@(a|ab).js", "a.js ab.js" },
	{ "!(a).js", "[id].js a1.js a10.js ab.js b.js é.js" },
	{ "!(a*).js", "[id].js b.js é.js" },
	{ "!(*.js)", "a-b x.js.map" },
	{ ".h.js", ".h.js" },
	{ ".*", ".h.js" },
	{ "*h*", "" },
	{ "[.]h.js", ".h.js" },
	{ "d/.*", "d/.x" },
	{ "**/.*", ".h.js d/.x" },
	{ "[[:alpha:]].js", "a.js b.js é.js" },
	{ "[[:digit:]]", "" },
	{ "a[[:digit:]].js", "a1.js" },
	{ "?.js", "a.js b.js é.js" },
	{ "é.js", "é.js" },
	{ "a-[b]", "a-b" },
	{ "a[-]b", "a-b" },
	{ "missing", "" },
	{ "{a,missing}.js", "a.js" },
	{ "**/e/**", "d/e/a.js d/e/f/a.js" },
	{ "d/**/e/**/*.js", "d/e/a.js d/e/f/a.js" },
	{ "*/**/a.js", "d/a.js d/e/a.js d/e/f/a.js" },
	{ "d/{e,e/f}/a.js", "d/e/a.js d/e/f/a.js" },
	{ "{}", "" },
	{ "a{b", "" },
	{ "{a}.js", "" },
	{ "${a,b}.js", "" },
	{ "d//a.js", "d/a.js" },
	{ "d/./a.js", "d/a.js" },
	{ "#", "" },
	{ "!a.js", "" },
	{ "**.js", "[id].js a.js a1.js a10.js ab.js b.js é.js" },
	{ "***", "[id].js a-b a.js a1.js a10.js ab.js b.js x.js.map é.js" },
	{ "d/*/../a.js", "d/a.js" },
};

static int
lay_tree(void **state)
{
	if (scratch_open(state) != 0)
		return -1;
	if (setenv("TMPDIR", scratch_folder, 1) + mkdir("d", 0755) +
		mkdir("d/e", 0755) + mkdir("d/e/f", 0755) + mkdir("o", 0755) +
		mkdir("o/p", 0755) + symlink("../o", "d/l") +
		symlink("a.js", "la.js") !=
	    0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		scratch_write(files[i], "");
	return 0;
}

static void
globs_find_what_glob_11_finds(void **unused)
{
	char cwd[1024];
	(void)unused;
	assert_non_null(getcwd(cwd, sizeof(cwd)));

	for (size_t i = 0; i < ARRAY_LEN(globs); i++) {
		struct glob_files found = { 0 };
		char all[2048] = "";
		assert_int_equal(glob_add(&found, globs[i].pattern), 0);
		glob_sort(&found);
		for (size_t k = 0; k < found.count; k++) {
			strcat(all, k > 0 ? " " : "");
			strcat(all, found.path[k] + strlen(cwd) + 1);
		}
		if (strcmp(all, globs[i].found) != 0)
			fail_msg("%s found %s and not %s", globs[i].pattern,
			    all, globs[i].found);
		glob_free(&found);
	}
}

static void
a_glob_out_of_all_bounds_is_refused(void **unused)
{
	static const char bomb[] =
	    "{1..99}{1..99}{1..99}{1..99}{1..99}{1..99}{1..99}";
	struct glob_files found = { 0 };
	autofree char *deep = malloc(70000);
	(void)unused;

	assert_int_equal(glob_add(&found, bomb), -E2BIG);
	memset(deep, 'a', 69999);
	deep[69999] = '\0';
	assert_int_equal(glob_add(&found, deep), -E2BIG);
	for (size_t i = 0; i + 2 < 60000; i += 2)
		memcpy(deep + i, "!(", 2);
	deep[60000] = '\0';
	(void)glob_add(&found, deep);
	assert_int_equal(glob_add(&found, "{0..9..0}"), 0);
	glob_free(&found);
}

/* ---- the program ------------------------------------------------------ */

#define PLACEHOLDER "JSON.parse('\"import_meta_env_placeholder\"')"

struct ran {
	int code;
	char out[8192];
	char err[8192];
};

static void
read_back(const char *name, char *to, size_t size)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, to, size - 1);
	(void)close(fd);
	to[n > 0 ? n : 0] = '\0';
}

static bool as_nobody;

/* words: the command line behind the program's name, split at blanks. */
static void
run(const char *words, struct ran *ret)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		char copy[512];
		char *argv[32] = { (char[]){ "import-meta-env" } };
		int argc = 1;
		(void)snprintf(copy, sizeof(copy), "%s", words);
		for (char *w = strtok(copy, " "); w != NULL;
		     w = strtok(NULL, " "))
			argv[argc++] = strcmp(w, "''") == 0 ? copy + 511 : w;
		copy[511] = '\0';
		if (freopen(".out", "w", stdout) == NULL ||
		    freopen(".err", "w", stderr) == NULL)
			_exit(99);
		if (as_nobody && geteuid() == 0 && setuid(65534) == -1)
			_exit(98);
		_exit(import_meta_env_main(argc, argv));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	ret->code = WEXITSTATUS(status);
	read_back(".out", ret->out, sizeof(ret->out));
	read_back(".err", ret->err, sizeof(ret->err));
}

static const struct {
	const char *words;
	int code;
	const char *out; /* what it begins with */
	const char *err;
} lines[] = {
	{ "-V", 0, "0.7.4\n", "" },
	{ "--foo -V", 0, "0.7.4\n", "" },
	{ "-h", 0, "Usage: import-meta-env [options]\n", "" },
	{ "-x", 1, "",
	    "error: option '-x, --example <path>' argument missing\n" },
	{ "", 1, "",
	    "error: required option '-x, --example <path>' not specified\n" },
	{ "-x .ex --exampl", 1, "",
	    "error: unknown option '--exampl'\n(Did you mean --example?)\n" },
	{ "-x .ex --disposable=1", 1, "",
	    "error: unknown option '--disposable=1'\n(Did you mean "
	    "--disposable?)\n" },
	{ "-x .ex -z", 1, "", "error: unknown option '-z'\n" },
	{ "-x .ex a b", 1, "",
	    "error: too many arguments. Expected 0 arguments but got 2.\n" },
	{ "-x .ex -pdist/a.html b", 1, "", "error: too many arguments." },
	{ "-x .ex -p missing other/*", 1, "",
	    "[import-meta-env]: Output file not found: missing, other/*\n" },
	{ "-x .ex -p dist/none.js", 1, "",
	    "[import-meta-env]: Placeholder not found\n\nIt looks like" },
	{ "-x .ex -e '' -p dist/a.html --disposable", 0, "", "" },
	{ "--example=.more", 1, "",
	    "[import-meta-env]: Some environment variables are not defined.\n"
	    "\nThe following variables were defined in .more file but are not "
	    "defined in the environment:\n\n```\nC=shown\n```\n" },
};

static void
lay_dist(void)
{
	(void)mkdir("dist", 0755);
	scratch_write(".ex", "A=1");
	scratch_write(".more", "A=1\nC='shown'");
	scratch_write("dist/a.html", "<b>" PLACEHOLDER "</b>");
	scratch_write("dist/none.js", "nothing");
	(void)unlink("dist/a.html.bak");
}

static void
command_lines_are_answered_as_the_original_does(void **unused)
{
	static struct ran r;
	(void)unused;
	assert_int_equal(setenv("A", "va", 1), 0);
	unsetenv("CI");
	unsetenv("FORCE_COLOR");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		lay_dist();
		run(lines[i].words, &r);
		if (r.code != lines[i].code ||
		    strncmp(r.out, lines[i].out, strlen(lines[i].out)) != 0 ||
		    strncmp(r.err, lines[i].err, strlen(lines[i].err)) != 0 ||
		    (lines[i].err[0] == '\0' && r.err[0] != '\0'))
			fail_msg("%s: %d, %s, %s", lines[i].words, r.code,
			    r.out, r.err);
	}
}

static void
the_backup_is_what_a_file_is_made_from(void **unused)
{
	static struct ran r;
	char text[512];
	(void)unused;
	lay_dist();

	run("-x .ex -p dist/*", &r);
	assert_int_equal(r.code, 0);
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text, "<b>JSON.parse('{\"A\":\"va\"}')</b>");
	read_back("dist/a.html.bak", text, sizeof(text));
	assert_string_equal(text, "<b>" PLACEHOLDER "</b>");
	assert_int_equal(setenv("A", "it's", 1), 0);
	run("-x .ex -p dist/*", &r);
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text,
	    "<b>JSON.parse(decodeURIComponent('%7B%22A%22%3A%22it%27s%22%7D'))"
	    "</b>");
	scratch_write("dist/a.html.bak", "no placeholder");
	run("-x .ex -p dist/*", &r);
	assert_int_equal(r.code, 1);
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text, "no placeholder");
}

static void
a_disposable_run_may_be_followed_by_another(void **unused)
{
	static struct ran r;
	char text[512];
	(void)unused;
	lay_dist();

	assert_int_equal(setenv("A", "one", 1), 0);
	run("-x .ex --disposable", &r);
	assert_int_equal(setenv("A", "two", 1), 0);
	run("-x .ex --disposable", &r);

	assert_int_equal(r.code, 0);
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text, "<b>JSON.parse('{\"A\":\"two\"}')</b>");
	assert_int_equal(access("dist/a.html.bak", F_OK), -1);
	/* somebody else's file in its place is that, and no original's */
	scratch_write("dist/a.html", "another");
	run("-x .ex --disposable", &r);
	assert_int_equal(r.code, 1);
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text, "another");
}

static void
hard_links_and_modes_stay(void **unused)
{
	static struct ran r;
	struct stat one;
	struct stat other;
	(void)unused;
	lay_dist();
	assert_int_equal(chmod("dist/a.html", 0640), 0);
	assert_int_equal(link("dist/a.html", "dist/hard.html"), 0);

	run("-x .ex --disposable", &r);

	assert_int_equal(r.code, 0);
	assert_int_equal(stat("dist/a.html", &one), 0);
	assert_int_equal(stat("dist/hard.html", &other), 0);
	assert_int_equal(one.st_ino, other.st_ino);
	assert_int_equal(one.st_mode & 07777, 0640);
	assert_int_equal(unlink("dist/hard.html"), 0);
}

static void
a_folder_that_cannot_be_written_to_is_no_obstacle(void **unused)
{
	static struct ran r;
	char text[512];
	(void)unused;
	lay_dist();
	if (geteuid() == 0) {
		assert_int_equal(chown("dist/a.html", 65534, 65534), 0);
		assert_int_equal(chmod(".", 0777), 0);
	}
	assert_int_equal(chmod("dist", 0555), 0);
	assert_int_equal(setenv("A", "va", 1), 0);

	as_nobody = true;
	run("-x .ex --disposable", &r);
	as_nobody = false;

	assert_int_equal(chmod("dist", 0755), 0);
	assert_int_equal(r.code, 0);
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text, "<b>JSON.parse('{\"A\":\"va\"}')</b>");
}

static void
one_file_that_cannot_be_done_leaves_all_as_they_were(void **unused)
{
	static struct ran r;
	char text[512];
	(void)unused;
	lay_dist();
	scratch_write(
	    "dist/z.html", PLACEHOLDER " import_meta_env_placeholder");

	run("-x .ex --disposable", &r);

	assert_int_equal(r.code, 1);
	assert_non_null(strstr(r.err, "dist/z.html:1:"));
	read_back("dist/a.html", text, sizeof(text));
	assert_string_equal(text, "<b>" PLACEHOLDER "</b>");
	run("-x .ex --disposable --allow-leftover", &r);
	assert_int_equal(r.code, 0);
	assert_int_equal(unlink("dist/z.html"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_find_what_glob_11_finds),
		cmocka_unit_test(a_glob_out_of_all_bounds_is_refused),
		cmocka_unit_test(
		    command_lines_are_answered_as_the_original_does),
		cmocka_unit_test(the_backup_is_what_a_file_is_made_from),
		cmocka_unit_test(a_disposable_run_may_be_followed_by_another),
		cmocka_unit_test(hard_links_and_modes_stay),
		cmocka_unit_test(
		    a_folder_that_cannot_be_written_to_is_no_obstacle),
		cmocka_unit_test(
		    one_file_that_cannot_be_done_leaves_all_as_they_were),
	};
	return cmocka_run_group_tests(tests, lay_tree, scratch_close);
}
