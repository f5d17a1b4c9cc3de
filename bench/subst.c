/*
 * Values into a built tree of 2,000 files and 210 MB, all in the page cache: in
 * ms from fork to the end, beside import-meta-env's own tool, sed, GNU envsubst
 * and the search alone by grep.  Then one page by itself, the tree with an
 * index, and a file of 4 GB.
 */
#include "measure.h"
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES 2000
#define FOLDERS 40
#define FILE_SIZE 104900
#define ROUNDS 7
#define PAGE                                                             \
	"<!doctype html><script>globalThis.import_meta_env=JSON.parse('" \
	"\"import_meta_env_placeholder\"')</script>\n"

static char *dir;
static char *cradle;

static int64_t
now(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The status, with the time and the peak of memory in KiB. */
static int
run(char *const argv[], double *ret_ms, long *ret_kib)
{
	struct rusage usage;
	int status;
	int64_t begun = now();
	pid_t pid = vfork();

	if (pid == -1)
		measure_fail("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		(void)dup2(null, 0);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		measure_fail("cannot wait: %s", strerror(errno));
	*ret_ms = (double)(now() - begun) / 1e6;
	*ret_kib = usage.ru_maxrss;
	return status;
}

static void
must(char *const argv[])
{
	double ms;
	long kib;
	if (run(argv, &ms, &kib) != 0)
		measure_fail("%s %s failed", argv[0], argv[1]);
}

static void
shell(char *command)
{
	must((char *[]){ "/bin/sh", "-c", command, NULL });
}

/* ---- the trees -------------------------------------------------------- */

/* What lies in this machine's packages, so that bytes are as frequent as in
   bundles; else a text of our own. */
static FILE *
open_source(void)
{
	char *command = measure_text("find /usr/lib/node_modules "
				     "/usr/share/nodejs /usr/share/javascript "
				     "-name '*.js' -type f 2>/dev/null | sort "
				     "| head -n 1500 | xargs -r cat "
				     ">%s/source; test -s %s/source || yes "
				     "'function a(e,t){return e.b?t(e):null}' "
				     "| head -c 8000000 >%s/source",
	    dir, dir, dir);
	shell(command);
	return fopen(measure_text("%s/source", dir), "re");
}

static void
fill(FILE *source, char *data, size_t size)
{
	for (size_t have = 0; have < size;) {
		size_t n = fread(data + have, 1, size - have, source);
		if (n == 0)
			rewind(source);
		have += n;
	}
}

static void
lay_out(void)
{
	static char data[FILE_SIZE];
	FILE *source = open_source();

	if (source == NULL)
		measure_fail("cannot read the source text");
	shell(measure_text("mkdir -p %s/tree %s/page %s/big", dir, dir, dir));
	for (int i = 0; i < FILES; i++) {
		char *folder = measure_text("%s/tree/%d", dir, i % FOLDERS);
		(void)mkdir(folder, 0755);
		fill(source, data, sizeof(data));
		FILE *f =
		    fopen(measure_text("%s/chunk-%d.js", folder, i), "we");
		if (f == NULL || fwrite(data, sizeof(data), 1, f) != 1 ||
		    fclose(f) != 0)
			measure_fail("cannot write the tree");
	}
	(void)fclose(source);
	measure_write(measure_text("%s/example", dir), "API_URL=\n");
}

/* As it was built: the page pristine, and nothing known of earlier runs. */
static void
make_pristine(const char *tree)
{
	shell(measure_text("rm -rf %s/.%s.cradle", dir, tree));
	measure_write(measure_text("%s/%s/index.html", dir, tree), PAGE);
}

/* ---- who is measured -------------------------------------------------- */

static struct rival {
	const char *name;
	char *argv[12];
	int rounds;
	struct series ms;
	struct series kib;
} rivals[] = {
	{ .name = "cradle", .rounds = ROUNDS },
	{ .name = "grep", .rounds = ROUNDS },
	{ .name = "import-meta-env", .rounds = ROUNDS },
	{ .name = "sed", .rounds = 3 },
	{ .name = "envsubst", .rounds = 1 },
};
enum { CRADLE, GREP, ORIGINAL, SED, ENVSUBST, RIVALS };

static void
set(size_t rival, char *const words[])
{
	for (size_t i = 0; words[i] != NULL; i++)
		rivals[rival].argv[i] = words[i];
}

static void
prepare(void)
{
	const char *tool = getenv("BENCH_IMPORT_META_ENV");
	char *node = peer_program("node");
	char *grep = peer_program("grep");
	char *tree = measure_text("%s/tree", dir);
	char *example = measure_text("%s/example", dir);

	set(CRADLE, (char *[]){ cradle, "subst", "-x", example, tree, NULL });
	if (grep != NULL)
		set(GREP, (char *[]){ grep, "-rlF",
			      "import_meta_env_placeholder", tree, NULL });
	if (tool != NULL && tool[0] != '\0' && node != NULL)
		set(ORIGINAL, (char *[]){ node, measure_text("%s", tool), "-x",
				  example, "-e", "", "--disposable", "-p",
				  measure_text("%s/**/*", tree), NULL });
	set(SED, (char *[]){ "/bin/sh", "-c",
		     measure_text("find %s -type f -exec sed -i "
				  "'s|import_meta_env_placeholder|x|g' {} +",
			 tree),
		     NULL });
	if (peer_program("envsubst") != NULL)
		set(ENVSUBST,
		    (char *[]){ "/bin/sh", "-c",
			measure_text("find %s -type f | while read -r f; do "
				     "envsubst '$API_URL' <$f >%s/new && "
				     "mv %s/new $f; done",
			    tree, dir, dir),
			NULL });
}

static void
measure_tree(void)
{
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < RIVALS; i++) {
			struct rival *r = &rivals[i];
			double ms;
			long kib;
			if (r->argv[0] == NULL || round >= r->rounds)
				continue;
			make_pristine("tree");
			if (run(r->argv, &ms, &kib) != 0)
				measure_fail("%s failed", r->name);
			series_add(&r->ms, ms);
			series_add(&r->kib, (double)kib);
		}
	for (size_t i = 0; i < RIVALS; i++) {
		series_tell(&rivals[i].ms, "subst-tree", rivals[i].name);
		series_tell(&rivals[i].kib, "subst-memory", rivals[i].name);
	}
}

/* ---- cradle's other figures ------------------------------------------- */

static void
measure_alone(const char *figure, const char *tree, int rounds)
{
	char *argv[] = { cradle, "subst", "-x", measure_text("%s/example", dir),
		measure_text("%s/%s", dir, tree), NULL };
	char *memory = measure_text("%s-memory", figure);
	struct series time = { 0 };
	struct series peak = { 0 };

	for (int round = 0; round < rounds; round++) {
		double ms;
		long kib;
		make_pristine(tree);
		if (run(argv, &ms, &kib) != 0)
			measure_fail("%s failed", figure);
		series_add(&time, ms);
		series_add(&peak, (double)kib);
	}
	series_tell(&time, figure, "cradle");
	series_tell(&peak, memory, "cradle");
}

static void
measure_index(void)
{
	make_pristine("tree");
	must((char *[]){ cradle, "subst", "-x", measure_text("%s/example", dir),
	    "--index", measure_text("%s/tree", dir), NULL });
	measure_alone("subst-index", "tree", 40);
}

/* Holes that read as NUL, and one placeholder at its end. */
static void
measure_big(void)
{
	static const char call[] =
	    "JSON.parse('\"import_meta_env_placeholder\"')";
	char *path = measure_text("%s/big/app.js", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	const off_t size = (off_t)4 << 30;
	char *argv[] = { cradle, "subst", "--dry-run", "-x",
		measure_text("%s/example", dir), measure_text("%s/big", dir),
		NULL };
	double ms;
	long kib;

	if (fd == -1 ||
	    pwrite(fd, call, sizeof(call), size - 1000) != sizeof(call) ||
	    ftruncate(fd, size) == -1 || close(fd) == -1)
		measure_fail("cannot make a file of 4 GB: %s", strerror(errno));
	if (run(argv, &ms, &kib) != 0)
		measure_fail("the file of 4 GB failed");
	measure_tell("subst-big", "cradle", ms);
	measure_tell("subst-big-memory", "cradle", (double)kib);
}

int
main(void)
{
	cradle = measure_text("%s", measure_setting("BENCH_CRADLE"));
	dir = measure_text("%s/subst", measure_setting("BENCH_MEMORY"));
	if (mkdir(dir, 0755) == -1 ||
	    setenv("API_URL", "https://api.test", 1) == -1)
		measure_fail("cannot make %s: %s", dir, strerror(errno));
	lay_out();
	make_pristine("page");
	measure_alone("subst-page", "page", 100);
	prepare();
	measure_index();
	shell(measure_text("rm -f %s/.tree.cradle-index", dir));
	measure_tree();
	measure_big();
	shell(measure_text("rm -rf %s", dir));
	return 0;
}
