#include "config/direct.h"

#include "config/direct_env.h"
#include "config/direct_find.h"
#include "config/direct_place.h"
#include "config/direct_settings.h"
#include "config/nearest.h"
#include "core/buf.h"
#include "core/guard.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * What must hold: at each turn of the loop, running the line's words with its
 * assignments in cwd is what the command as written would come to.  A turn
 * replaces a launcher by what it would start, or ends the loop.
 */

/* A launcher's run of a script, so that circles are seen. */
struct seen {
	const char *folder;
	const char *script;
};

struct walk {
	const struct direct_ask *ask;
	struct arena *arena;
	struct buf why;
	enum direct_why refusal;
	const char *culprit; /* a word that the refusal is about, or NULL */
	const char *script;  /* that is being read, or NULL */

	struct direct_line line; /* what is left to be run */
	struct direct_call call;
	struct direct_package package;
	bool has_package;
	const char *cwd;
	const char *path;
	const char *path_folder; /* whose .bin folders are in front */
	struct seen seen[DIRECT_DEPTH_MAX];
	int depth;
	int saved_ms;
	struct plan_variable set[DIRECT_DEPTH_MAX * DIRECT_SETS_MAX];
	size_t sets;
	struct direct_facts facts;
};

static const char *
why_text(enum direct_why why)
{
	static const char *const texts[] = {
#define X(name, text) [DIRECT_##name] = text,
		DIRECT_WHYS(X)
#undef X
	};
	_Static_assert(ARRAY_LEN(texts) == DIRECT_WHY_COUNT, "one each");
	assert(why < DIRECT_WHY_COUNT);
	return texts[why];
}

/*
 * About what a launcher itself costs before it starts anything, in ms: of a
 * dozen starts each on two idle cores (node 20, npm 11, pnpm 9, yarn 1, turbo
 * 2) the fastest, less the fastest without it, rounded down.  `make bench`
 * measures npm's again.  A slower machine saves more.
 */
static int
saved_ms_of(enum direct_tool tool)
{
	static const int saved[] = {
		[DIRECT_NPM] = 100,
		[DIRECT_NPX] = 250,
		[DIRECT_PNPM] = 300,
		[DIRECT_YARN] = 150,
		[DIRECT_TURBO] = 30,
		[DIRECT_BUN] = 0,
	};
	_Static_assert(ARRAY_LEN(saved) == DIRECT_TOOL_COUNT, "one each");
	return saved[tool];
}

static int
refuse(struct walk *w, enum direct_why why)
{
	w->refusal = why;
	return -1;
}

/* ---- one launcher ---- */

/* An absolute path without symlinks, which is what getcwd gives a launcher. */
static int
go_to(struct walk *w, const char *folder)
{
	char real[PATH_MAX];
	const char *path = folder[0] == '/' || w->cwd == NULL
			       ? folder
			       : direct_package_join(w->cwd, folder, w->arena);
	if (realpath(path[0] == '\0' ? "." : path, real) == NULL)
		return refuse(w, DIRECT_PACKAGE);
	w->cwd = arena_text(w->arena, real, strlen(real));
	return 0;
}

static void
put_bins_in_front(struct walk *w, const char *folder)
{
	if (w->path_folder != NULL && strcmp(w->path_folder, folder) == 0)
		return;
	w->path = direct_find_path(folder, w->path, w->arena);
	w->path_folder = folder;
}

static int
note_call(struct walk *w, const char *folder, const char *script)
{
	for (int i = 0; i < w->depth; i++)
		if (strcmp(w->seen[i].folder, folder) == 0 &&
		    strcmp(w->seen[i].script, script) == 0)
			return refuse(w, DIRECT_CYCLE);
	if (w->depth == DIRECT_DEPTH_MAX)
		return refuse(w, DIRECT_DEEP);
	w->seen[w->depth++] = (struct seen){ folder, script };
	w->saved_ms += saved_ms_of(w->call.tool);
	return 0;
}

/* The launcher's arguments come after what it runs. */
static int
append_args(struct walk *w)
{
	const struct direct_call *c = &w->call;
	if (w->line.words + c->args > DIRECT_WORDS_MAX)
		return refuse(w, DIRECT_LONG);
	for (size_t i = 0; i < c->args; i++)
		w->line.word[w->line.words++] = c->arg[i];
	return 0;
}

static int
keep_sets(struct walk *w)
{
	for (size_t i = 0; i < w->line.sets; i++) {
		if (w->sets == ARRAY_LEN(w->set))
			return refuse(w, DIRECT_LONG);
		w->set[w->sets++] = w->line.set[i];
	}
	return 0;
}

static void
note_facts(struct walk *w, enum direct_tool tool, const char *event,
    const char *script, const char *init_cwd)
{
	/* pnpm exec and its like leave what an outer script was told */
	bool outer = event[0] == '\0' && w->facts.event != NULL;
	if (outer) {
		event = w->facts.event;
		script = w->facts.script;
	}
	w->facts = (struct direct_facts){
		.tool = tool,
		.verb = w->call.verb,
		.package = w->has_package ? &w->package : NULL,
		.event = event,
		.script = script,
		.init_cwd = init_cwd,
		.workspace = w->call.workspace[0] != '\0',
	};
}

/* A program of node_modules/.bin, with the launcher's own folders in front. */
static int
run_program(struct walk *w)
{
	const struct direct_call *c = &w->call;
	bool anywhere = c->tool != DIRECT_NPX && c->tool != DIRECT_NPM;
	const char *folder = w->has_package ? w->package.folder : w->cwd;
	bool npm = c->tool == DIRECT_NPM || c->tool == DIRECT_NPX;

	w->script = NULL;
	w->culprit = c->script;
	if (!anywhere && !direct_tool_is(c->script) &&
	    direct_find_bin(c->script, folder, w->arena) == NULL)
		return refuse(w, DIRECT_PROGRAM);
	if (note_call(w, folder, c->script) == -1)
		return -1;
	note_facts(w, c->tool, npm ? "npx" : "", c->script, w->cwd);
	put_bins_in_front(w, folder);
	w->line.word[0] = c->script;
	w->line.words = 1;
	w->line.sets = 0;
	return append_args(w);
}

static bool
has_hooks(const struct walk *w)
{
	static const char *const hooks[] = { "pre", "post" };
	const char *script = w->call.script;
	bool found = false;
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
		found |= direct_package_text(&w->package, "scripts",
			     direct_package_concat(
				 hooks[i], script, w->arena)) != NULL;
	return found;
}

/* npm start of a package without such a script starts its server.js. */
static const char *
script_text(struct walk *w)
{
	const struct direct_call *c = &w->call;
	const char *text =
	    direct_package_text(&w->package, "scripts", c->script);
	if (text != NULL || c->tool != DIRECT_NPM ||
	    strcmp(c->verb, "start") != 0)
		return text;
	const char *server =
	    direct_package_join(w->package.folder, "server.js", w->arena);
	return access(server, R_OK) == 0 ? "node server.js" : NULL;
}

static int
run_script(struct walk *w, enum direct_tool tool)
{
	const char *script = w->call.script;
	const char *init_cwd = w->cwd;
	const char *text = script_text(w);

	w->script = script;
	if (text == NULL && w->call.may_be_program &&
	    direct_find_bin(script, w->package.folder, w->arena) != NULL)
		return run_program(w);
	if (text == NULL && w->call.shorthand) {
		w->culprit = script;
		return refuse(w, DIRECT_COMMAND);
	}
	if (text == NULL)
		return refuse(w, DIRECT_MISSING);
	if (has_hooks(w))
		return refuse(w, DIRECT_HOOK);
	if (note_call(w, w->package.folder, script) == -1)
		return -1;
	if (w->call.tool == DIRECT_TURBO) {
		w->saved_ms += saved_ms_of(tool);
		init_cwd = w->package.folder;
	}
	note_facts(w, tool, script, text, init_cwd);
	put_bins_in_front(w, w->package.folder);
	w->cwd = w->package.folder;
	if (direct_line_split(text, w->arena, &w->line, &w->refusal) == -1 ||
	    append_args(w) == -1)
		return -1;
	return keep_sets(w);
}

static const char *
root_of(struct walk *w)
{
	struct direct_package root;
	enum direct_why why;
	if (direct_package_root(w->package.folder, w->arena, &root, &why) == -1)
		return NULL;
	return root.folder;
}

/* The folder's text is kept; what was read to find it is not worth keeping. */
static bool
has_settings(struct walk *w)
{
	struct arena before = *w->arena;
	bool found = direct_settings_found(
	    w->package.folder, root_of(w), w->ask->environ_in, w->arena);
	*w->arena = before;
	return found;
}

static int
take_launcher(struct walk *w)
{
	enum direct_tool tool = w->call.tool;
	/* what one launcher makes us read fits into the other half */
	if (w->arena->used > ARENA_SIZE / 2)
		return refuse(w, DIRECT_DEEP);
	if (w->call.chdir[0] != '\0' && go_to(w, w->call.chdir) == -1)
		return -1;
	w->has_package = direct_place_find(&w->call, w->cwd, w->arena,
			     &w->package, &tool, &w->refusal) == 0;
	if (!w->has_package &&
	    (!w->call.is_program || w->refusal != DIRECT_PACKAGE ||
		w->call.workspace[0] != '\0'))
		return -1;
	if (w->has_package &&
	    direct_package_above(w->package.folder, ".pnp.cjs"))
		return refuse(w, DIRECT_PNP);
	if (w->has_package && has_settings(w))
		return refuse(w, DIRECT_SETTINGS);
	if (!w->call.is_program)
		return run_script(w, tool);
	/* --workspace and --prefix have it start elsewhere */
	if (w->call.workspace[0] != '\0' || w->call.prefix[0] != '\0')
		return refuse(w, DIRECT_OPTION);
	return run_program(w);
}

/* ---- the whole ---- */

static int
take_command(struct walk *w)
{
	for (char *const *word = w->ask->command; *word != NULL; word++) {
		if (w->line.words == DIRECT_WORDS_MAX)
			return refuse(w, DIRECT_LONG);
		w->line.word[w->line.words++] = *word;
	}
	return go_to(w, w->ask->cwd);
}

/* 1: all launchers are taken apart. */
static int
turn(struct walk *w)
{
	const char *word[DIRECT_WORDS_MAX];
	size_t count = w->line.words;
	memcpy(word, w->line.word, count * sizeof(word[0]));
	w->culprit = NULL;
	int r =
	    direct_tool_read(word, count, &w->call, &w->refusal, &w->culprit);
	if (r != 0)
		return r;
	w->culprit = NULL;
	return take_launcher(w);
}

static void
offer_scripts(struct nearest *n, const struct direct_package *p)
{
	const struct json *scripts = json_member(p->top, "scripts");
	if (scripts == NULL || scripts->type != JSON_OBJECT)
		return;
	for (const struct json *s = scripts->first; s != NULL; s = s->next)
		nearest_offer(n, s->name);
}

static enum direct_result
say_missing(struct walk *w)
{
	struct nearest n;
	nearest_init(&n, w->call.script);
	offer_scripts(&n, &w->package);
	buf_fmt(&w->why, "%.300s/package.json has no script \"%.100s\"",
	    w->package.folder, w->call.script);
	if (n.best != NULL)
		buf_fmt(&w->why, " (did you mean \"%.100s\"?)", n.best);
	return DIRECT_WRONG;
}

static enum direct_result
say_refused(struct walk *w)
{
	const char *text;
	if (w->refusal == DIRECT_MISSING)
		return say_missing(w);
	text = why_text(w->refusal);
	if (w->culprit != NULL)
		buf_fmt(&w->why, "\"%.100s\" is %s", w->culprit, text);
	else if (w->script != NULL)
		buf_fmt(
		    &w->why, "the script \"%.100s\" has %s", w->script, text);
	else
		buf_fmt(&w->why, "there is %s", text);
	return DIRECT_REFUSED;
}

static struct plan_variables
sets_of(struct walk *w)
{
	struct plan_variable *item =
	    arena_take(w->arena, (w->sets + 1) * sizeof(*item));
	size_t count = 0;
	for (size_t i = 0; i < w->sets; i++) {
		size_t k = 0;
		while (k < count && strcmp(item[k].name, w->set[i].name) != 0)
			k++;
		item[k] = w->set[i];
		count += k == count;
	}
	return (struct plan_variables){ item, count };
}

static enum direct_result
finish(struct walk *w, struct direct *ret)
{
	size_t words = w->line.words;
	w->script = w->seen[w->depth - 1].script;
	w->culprit = w->line.word[0];
	if (direct_find_program(w->line.word[0], w->path, w->cwd, w->arena) ==
	    NULL) {
		w->refusal = DIRECT_PROGRAM;
		return say_refused(w);
	}
	w->facts.path = w->path;
	w->facts.cwd = w->cwd;
	w->facts.environ_in = w->ask->environ_in;
	*ret = (struct direct){
		.cwd = w->cwd,
		.path = w->path,
		.set = sets_of(w),
		.add = direct_env_make(&w->facts, w->arena),
		.saved_ms = w->saved_ms,
	};
	ret->command = arena_take(w->arena, (words + 1) * sizeof(char *));
	for (size_t i = 0; i < words; i++)
		ret->command[i] = arena_text(
		    w->arena, w->line.word[i], strlen(w->line.word[i]));
	return DIRECT_TAKEN;
}

enum direct_result
direct_resolve(const struct direct_ask *ask, struct arena *work,
    struct direct *ret, char *why, size_t why_size)
{
	struct walk *w = arena_take(work, sizeof(*w));
	int r;
	w->ask = ask;
	w->arena = work;
	w->path = ask->path;
	buf_init(&w->why, why, why_size);
	if (ask->command[0] == NULL || !direct_tool_is(ask->command[0]))
		return DIRECT_NONE;
	r = take_command(w);
	while (r == 0)
		r = turn(w);
	if (r == -1)
		return say_refused(w);
	return w->depth == 0 ? DIRECT_NONE : finish(w, ret);
}
