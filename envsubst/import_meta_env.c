#include "envsubst/import_meta_env.h"

#include "envsubst/backup.h"
#include "envsubst/commander.h"
#include "envsubst/dotenv.h"
#include "envsubst/glob.h"
#include "envsubst/meta.h"
#include "envsubst/saying.h"
#include "envsubst/slurp.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAILED 1

static char *default_paths[] = { "dist/**/*", ".next/**/*", ".nuxt/**/*",
	".output/**/*", "build/**/*" };

struct program {
	struct commander line;
	bool coloured;
	struct dotenv example;
	struct dotenv env;
	struct value *value; /* of each name of the example; what is lent */
};

/* ---- what is said ----------------------------------------------------- */

static bool
is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value != NULL && value[0] != '\0';
}

static bool
has_word(int argc, char *argv[], const char *word)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

/* As the picocolors library decides it, which looks at stdout only. */
static bool
wants_colour(int argc, char *argv[])
{
	const char *term = getenv("TERM");
	bool dumb = term != NULL && strcmp(term, "dumb") == 0;
	if (is_set("NO_COLOR") || has_word(argc, argv, "--no-color"))
		return false;
	return is_set("FORCE_COLOR") || has_word(argc, argv, "--color") ||
	       (isatty(STDOUT_FILENO) && !dumb) || is_set("CI");
}

static const char *
red(const struct program *p)
{
	return p->coloured ? "\033[31m" : "";
}

static const char *
yellow(const struct program *p)
{
	return p->coloured ? "\033[33m" : "";
}

static const char *
plain(const struct program *p)
{
	return p->coloured ? "\033[39m" : "";
}

/* ---- the variables ---------------------------------------------------- */

/* The path as it is told: from the root, without dots. */
static char *
resolve(const char *path)
{
	autofree char *cwd = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
	size_t room = cwd == NULL ? 0 : strlen(cwd) + strlen(path) + 3;
	autofree char *both = malloc(room + 1);
	char *to = malloc(room + 1);
	size_t n = 0;

	if (cwd == NULL || both == NULL || to == NULL) {
		free(to);
		return NULL;
	}
	(void)snprintf(both, room + 1, "%s/%s", cwd, path);
	for (char *rest = both, *part; (part = strsep(&rest, "/")) != NULL;) {
		if (part[0] == '\0' || strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			while (n > 0 && to[--n] != '/')
				;
			continue;
		}
		n += (size_t)sprintf(to + n, "/%s", part);
	}
	if (n == 0)
		to[n++] = '/';
	to[n] = '\0';
	return to;
}

static int
refuse_file(const char *path, int err)
{
	const char *name = err == -EISDIR   ? "EISDIR: illegal operation on a "
					      "directory, read"
			   : err == -EACCES ? "EACCES: permission denied, open"
			   : err == -E2BIG  ? "the file is too big"
			   : err == -ENOMEM ? "no memory"
					    : "EIO: i/o error, read";
	if (err == -EISDIR)
		saying_add(STDERR_FILENO, "Error: %s\n", name);
	else
		saying_add(STDERR_FILENO, "Error: %s '%s'\n", name, path);
	return FAILED;
}

static int
read_dotenv(const char *path, struct dotenv *ret)
{
	autofree char *text = NULL;
	size_t len = 0;
	int r = slurp_file(path, DOTENV_FILE_MAX, &text, &len);
	if (r == 0)
		r = dotenv_parse(text, len, ret);
	if (text != NULL)
		explicit_bzero(text, len);
	return r < 0 ? refuse_file(path, r) : 0;
}

static int
read_example(struct program *p)
{
	autofree char *path = resolve(p->line.example);
	if (path == NULL)
		return refuse_file(p->line.example, -ENOMEM);
	if (access(path, F_OK) == -1) {
		saying_add(STDERR_FILENO,
		    "ReferenceError: [import-meta-env] failed to load file "
		    "content from \"%s\".\n",
		    path);
		return FAILED;
	}
	return read_dotenv(path, &p->example);
}

/* A file that is not there is no mistake. */
static int
read_env(struct program *p)
{
	const char *path = p->line.env;
	if (path[0] == '\0' || access(path, F_OK) == -1)
		return 0;
	return read_dotenv(path, &p->env);
}

/* Names like array indexes are not seen in Node's process.env. */
static bool
find_value(const struct program *p, const char *name, struct value *ret)
{
	const char *set = dotenv_is_index(name) ? NULL : getenv(name);
	const struct dotenv_item *item = dotenv_find(&p->env, name);
	if (set != NULL)
		*ret = (struct value){ name, set, strlen(set) };
	else if (item != NULL)
		*ret = (struct value){ name, item->data, item->len };
	return set != NULL || item != NULL;
}

static int
tell_missing(const struct program *p)
{
	saying_add(STDERR_FILENO,
	    "%s[import-meta-env]: Some environment variables are not "
	    "defined.%s\n\n"
	    "The following variables were defined in %s file but are not "
	    "defined in the environment:\n\n"
	    "```\n",
	    red(p), plain(p), p->line.example);
	for (size_t i = 0; i < p->example.count; i++)
		if (p->value[i].name == NULL)
			saying_add(STDERR_FILENO, "%s=%s\n",
			    p->example.item[i].name, p->example.item[i].data);
	saying_add(STDERR_FILENO,
	    "```\n\n"
	    "Here's what you can do:\n"
	    "- Set them to environment variables on your system.\n"
	    "- Add them to %s file.\n"
	    "- Remove them from %s file.\n\n"
	    "ReferenceError: Some environment variables are not defined.\n",
	    p->line.env, p->line.example);
	return FAILED;
}

static int
find_values(struct program *p)
{
	bool missing = false;
	p->value = calloc(p->example.count + 1, sizeof(*p->value));
	if (p->value == NULL)
		return refuse_file(p->line.example, -ENOMEM);
	for (size_t i = 0; i < p->example.count; i++)
		if (!find_value(p, p->example.item[i].name, &p->value[i]))
			missing = true;
	return missing ? tell_missing(p) : 0;
}

/* ---- the files -------------------------------------------------------- */

static int
find_files(char *const *pattern, size_t count, struct glob_files *to)
{
	for (size_t i = 0; i < count; i++) {
		int r = glob_add(to, pattern[i]);
		if (r < 0) {
			saying_add(STDERR_FILENO, "%s: cannot use '%s': %s\n",
			    r == -E2BIG ? "TypeError: [import-meta-env]"
					: "Error: [import-meta-env]",
			    pattern[i],
			    r == -E2BIG ? "the pattern is too long or no "
					  "regular expression can be made of it"
					: strerror(-r));
			return FAILED;
		}
	}
	glob_sort(to);
	return 0;
}

/*
 * -o counts for this check alone: what is substituted is then the default
 * paths.  So it is in the original.
 */
static int
check_files(const struct program *p, struct glob_files *to)
{
	const struct commander *l = &p->line;
	bool old = l->path == NULL && l->output != NULL;
	char **pattern = l->path != NULL ? l->path
			 : old           ? l->output
					 : default_paths;
	size_t count = l->path != NULL ? l->path_count
		       : old           ? l->output_count
				       : ARRAY_LEN(default_paths);

	if (find_files(pattern, count, to) != 0)
		return FAILED;
	if (to->count == 0) {
		saying_add(STDERR_FILENO,
		    "%s[import-meta-env]: Output file not found: ", red(p));
		for (size_t i = 0; i < count; i++)
			saying_add(STDERR_FILENO, "%s%s", i > 0 ? ", " : "",
			    pattern[i]);
		saying_add(STDERR_FILENO, "%s\n", plain(p));
		return FAILED;
	}
	if (!old)
		return 0;
	glob_free(to);
	return find_files(default_paths, ARRAY_LEN(default_paths), to);
}

static int
tell_none(const struct program *p)
{
	saying_add(STDERR_FILENO,
	    "%s[import-meta-env]: Placeholder not found%s\n\n"
	    "%sIt looks like you forgot to add the special expression to your "
	    "entry.%s\n"
	    "%sSee special expression for more info: "
	    "https://runtime-env.github.io/import-meta-env/guide/"
	    "getting-started/introduction.html#special-expression%s\n",
	    red(p), plain(p), yellow(p), plain(p), yellow(p), plain(p));
	return FAILED;
}

static int
substitute(const struct program *p, const struct glob_files *files)
{
	struct value_set set;
	struct needles *needles = NULL;
	struct failure f;

	if (value_build(p->value, p->example.count, &set) < 0)
		return refuse_file(p->line.example, -ENOMEM);
	struct meta meta = { .values = &set };
	struct job job = {
		.mode = &meta_mode,
		.values = &meta,
		.flags = JOB_ALL_NAMES |
			 (p->line.allow_leftover ? JOB_ALLOW_LEFTOVER : 0),
	};
	struct backup backup = { &job, !p->line.disposable, files->path,
		files->count };
	int64_t done = -1;
	if (meta_needles(&needles) == 0) {
		job.needles = needles;
		done = backup_run(&backup, &f);
	} else {
		(void)failure_os(&f, -ENOMEM, "substitute");
	}
	needles_free(needles);
	value_free(&set);
	if (done < 0)
		saying_add(STDERR_FILENO, "%s[import-meta-env]: %s%s\n", red(p),
		    f.text, plain(p));
	return done < 0 ? FAILED : done == 0 ? tell_none(p) : 0;
}

static int
run(struct program *p, struct glob_files *files)
{
	if (p->line.output != NULL)
		saying_add(STDERR_FILENO,
		    "%s[import-meta-env]: Option `-o, --output` were "
		    "deprecated and will be removed in a future release, "
		    "please use `-p, --path` instead.%s\n",
		    yellow(p), plain(p));
	int code = read_example(p);
	if (code == 0)
		code = check_files(p, files);
	if (code == 0)
		code = read_env(p);
	if (code == 0)
		code = find_values(p);
	return code != 0 ? code : substitute(p, files);
}

int
import_meta_env_main(int argc, char *argv[])
{
	struct program p = { .coloured = wants_colour(argc, argv) };
	struct glob_files files = { 0 };
	int code = FAILED;

	int r = commander_parse(argc, argv, &p.line, &code);
	if (r == 0)
		code = run(&p, &files);
	glob_free(&files);
	dotenv_free(&p.example);
	dotenv_free(&p.env);
	free(p.value);
	commander_free(&p.line);
	return code;
}
