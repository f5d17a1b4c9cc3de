#include "config/direct_tool.h"

#include "core/guard.h"

#include <assert.h>
#include <string.h>

/*
 * Only what is known to change nothing but where a script is looked for, or
 * what the launcher itself prints, is taken; any other option is refused.
 */

enum effect {
	NOTHING, /* on what is run */
	CHDIR,   /* the rest take a value: -C DIR or --dir=DIR */
	PREFIX,
	WORKSPACE,
	ONLY,
	VALUE, /* and nothing comes of it */
	UNKNOWN,
};

struct option {
	enum direct_tool tool;
	enum effect effect;
	const char *name;
};

static const struct option options[] = {
	{ DIRECT_NPM, NOTHING, "-s" },
	{ DIRECT_NPM, NOTHING, "--silent" },
	{ DIRECT_NPM, NOTHING, "-q" },
	{ DIRECT_NPM, NOTHING, "--quiet" },
	{ DIRECT_NPM, NOTHING, "--no-update-notifier" },
	{ DIRECT_NPM, NOTHING, "--no-audit" },
	{ DIRECT_NPM, NOTHING, "--no-fund" },
	{ DIRECT_NPM, NOTHING, "--no-color" },
	{ DIRECT_NPM, NOTHING, "--offline" },
	{ DIRECT_NPM, NOTHING, "--foreground-scripts" },
	{ DIRECT_NPM, VALUE, "--loglevel" },
	{ DIRECT_NPM, PREFIX, "-C" },
	{ DIRECT_NPM, PREFIX, "--prefix" },
	{ DIRECT_NPM, WORKSPACE, "-w" },
	{ DIRECT_NPM, WORKSPACE, "--workspace" },
	{ DIRECT_NPX, NOTHING, "-y" },
	{ DIRECT_NPX, NOTHING, "--yes" },
	{ DIRECT_NPX, NOTHING, "--no" },
	{ DIRECT_NPX, NOTHING, "--no-install" },
	{ DIRECT_NPX, NOTHING, "-q" },
	{ DIRECT_NPX, NOTHING, "--quiet" },
	{ DIRECT_NPX, NOTHING, "--offline" },
	{ DIRECT_PNPM, NOTHING, "-s" },
	{ DIRECT_PNPM, NOTHING, "--silent" },
	{ DIRECT_PNPM, NOTHING, "--offline" },
	{ DIRECT_PNPM, VALUE, "--reporter" },
	{ DIRECT_PNPM, VALUE, "--loglevel" },
	{ DIRECT_PNPM, CHDIR, "-C" },
	{ DIRECT_PNPM, CHDIR, "--dir" },
	{ DIRECT_PNPM, WORKSPACE, "-F" },
	{ DIRECT_PNPM, WORKSPACE, "--filter" },
	{ DIRECT_YARN, NOTHING, "-s" },
	{ DIRECT_YARN, NOTHING, "--silent" },
	{ DIRECT_YARN, CHDIR, "--cwd" },
	{ DIRECT_TURBO, WORKSPACE, "--filter" },
	{ DIRECT_TURBO, WORKSPACE, "-F" },
	{ DIRECT_TURBO, CHDIR, "--cwd" },
	{ DIRECT_TURBO, ONLY, "--only" },
	{ DIRECT_TURBO, NOTHING, "--no-daemon" },
	{ DIRECT_TURBO, NOTHING, "--daemon" },
	{ DIRECT_TURBO, NOTHING, "--no-cache" },
	{ DIRECT_TURBO, NOTHING, "--force" },
	{ DIRECT_TURBO, NOTHING, "--no-color" },
	{ DIRECT_TURBO, NOTHING, "--no-update-notifier" },
	{ DIRECT_TURBO, VALUE, "--ui" },
	{ DIRECT_TURBO, VALUE, "--output-logs" },
	{ DIRECT_TURBO, VALUE, "--log-order" },
	{ DIRECT_TURBO, VALUE, "--log-prefix" },
	{ DIRECT_TURBO, VALUE, "--concurrency" },
};

/* What pnpm and yarn do themselves when no `run` is said. */
static const char *const own_commands[] = { "access", "add", "adduser",
	"approve-builds", "audit", "autoclean", "bin", "bugs", "c", "cache",
	"cat-file", "cat-index", "check", "ci", "clean", "completion", "config",
	"constraints", "create", "dedupe", "deploy", "deprecate", "dist-tag",
	"dlx", "docs", "doctor", "edit", "env", "explain", "fetch", "find-hash",
	"generate-lock-entry", "get", "global", "help", "i", "import", "info",
	"init", "install", "install-test", "it", "la", "licenses", "link",
	"list", "ll", "ln", "login", "logout", "ls", "m", "multi", "node",
	"npm", "outdated", "owner", "pack", "patch", "patch-commit",
	"patch-remove", "ping", "pkg", "plugin", "policies", "prefix",
	"profile", "prune", "publish", "rb", "rebuild", "recursive", "remove",
	"repo", "restart", "rm", "root", "s", "se", "search", "self-update",
	"server", "set", "set-script", "setup", "show", "star", "stars",
	"stage", "store", "tag", "team", "token", "un", "uninstall", "unlink",
	"unplug", "unpublish", "unstar", "up", "update", "upgrade",
	"upgrade-interactive", "v", "version", "versions", "view", "whoami",
	"why", "workspaces", "xmas" };

struct reader {
	const char *const *word;
	size_t count;
	size_t at;
	struct direct_call *call;
	enum direct_why *why;
	const char **culprit;
};

static int
refuse(struct reader *r, enum direct_why why, const char *word)
{
	*r->why = why;
	*r->culprit = word;
	return -1;
}

const char *
direct_tool_name(enum direct_tool tool)
{
	static const char *const names[] = {
#define X(name, text) [DIRECT_##name] = text,
		DIRECT_TOOLS(X)
#undef X
	};
	_Static_assert(ARRAY_LEN(names) == DIRECT_TOOL_COUNT, "one each");
	assert(tool < DIRECT_TOOL_COUNT);
	return names[tool];
}

static bool
is_one_of(const char *word, const char *const list[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

#define ONE_OF(word, ...)                                     \
	is_one_of(word, (const char *const[]){ __VA_ARGS__ }, \
	    ARRAY_LEN(((const char *const[]){ __VA_ARGS__ })))

static const char *
peek(const struct reader *r)
{
	return r->at < r->count ? r->word[r->at] : NULL;
}

/* name may go on with =value. */
static enum effect
effect_of(enum direct_tool tool, const char *word, const char **ret_value)
{
	size_t len = strcspn(word, "=");
	*ret_value = word[len] == '=' ? word + len + 1 : NULL;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].tool == tool &&
		    strncmp(options[i].name, word, len) == 0 &&
		    options[i].name[len] == '\0')
			return options[i].effect;
	return UNKNOWN;
}

/* Given twice is as good as unknown. */
static bool
put(const char **where, const char *value)
{
	bool first = (*where)[0] == '\0';
	*where = value;
	return first && value[0] != '\0';
}

static int
take_option(struct reader *r)
{
	struct direct_call *c = r->call;
	const char *word = r->word[r->at++];
	const char *value;
	enum effect effect = effect_of(c->tool, word, &value);
	bool good = true;

	if (effect == UNKNOWN || (effect == NOTHING && value != NULL) ||
	    (effect == ONLY && value != NULL))
		return refuse(r, DIRECT_OPTION, word);
	if (effect == ONLY)
		c->alone = true;
	if (effect == NOTHING || effect == ONLY)
		return 0;
	if (value == NULL && (value = peek(r)) != NULL)
		r->at++;
	if (value == NULL)
		return refuse(r, DIRECT_OPTION, word);
	if (effect == CHDIR)
		good = put(&c->chdir, value);
	else if (effect == PREFIX)
		good = put(&c->prefix, value);
	else if (effect == WORKSPACE)
		good = put(&c->workspace, value);
	return good ? 0 : refuse(r, DIRECT_OPTION, word);
}

static int
take_options(struct reader *r)
{
	while (
	    peek(r) != NULL && peek(r)[0] == '-' && strcmp(peek(r), "--") != 0)
		if (take_option(r) == -1)
			return -1;
	return 0;
}

/* The next word, which is no option, into *ret. */
static int
take_name(struct reader *r, const char **ret)
{
	const char *word = peek(r);
	if (word == NULL || word[0] == '-' || word[0] == '\0')
		return refuse(
		    r, DIRECT_COMMAND, direct_tool_name(r->call->tool));
	*ret = word;
	r->at++;
	return 0;
}

static void
take_rest(struct reader *r)
{
	struct direct_call *c = r->call;
	while (r->at < r->count)
		c->arg[c->args++] = r->word[r->at++];
}

/* npm and turbo read their options up to --, wherever these stand. */
static int
take_args(struct reader *r)
{
	struct direct_call *c = r->call;
	while (peek(r) != NULL) {
		if (strcmp(peek(r), "--") == 0) {
			r->at++;
			take_rest(r);
		} else if (peek(r)[0] == '-') {
			if (take_option(r) == -1)
				return -1;
		} else if (c->tool == DIRECT_TURBO) {
			/* a second task */
			return refuse(r, DIRECT_OPTION, peek(r));
		} else {
			c->arg[c->args++] = r->word[r->at++];
		}
	}
	return 0;
}

/* pnpm and yarn pass on what follows; -- is kept by some and not by others. */
static int
take_verbatim(struct reader *r)
{
	if (peek(r) != NULL && strcmp(peek(r), "--") == 0)
		return refuse(r, DIRECT_DASHES, "--");
	take_rest(r);
	return 0;
}

static bool
is_script_verb(struct direct_call *c, const char *verb)
{
	bool test = ONE_OF(verb, "t", "tst", "test");
	if (!test && !ONE_OF(verb, "start", "stop"))
		return false;
	c->verb = c->script = test ? "test" : verb;
	return true;
}

/* Behind a -- in front of the program all is the program's. */
static int
read_program(struct reader *r)
{
	struct direct_call *c = r->call;
	bool dashes = peek(r) != NULL && strcmp(peek(r), "--") == 0;
	r->at += dashes;
	if (take_name(r, &c->script) == -1)
		return -1;
	if (!dashes && c->tool == DIRECT_NPM)
		return take_args(r);
	take_rest(r);
	return 0;
}

static int
read_npm(struct reader *r)
{
	struct direct_call *c = r->call;
	const char *verb;
	if (take_options(r) == -1 || take_name(r, &verb) == -1)
		return -1;
	if (is_script_verb(c, verb))
		return take_args(r);
	c->is_program = ONE_OF(verb, "exec", "x");
	c->verb = c->is_program ? "exec" : "run";
	if (!c->is_program && !ONE_OF(verb, "run", "run-script", "rum", "urn"))
		return refuse(r, DIRECT_COMMAND, verb);
	if (take_options(r) == -1)
		return -1;
	if (c->is_program)
		return read_program(r);
	return take_name(r, &c->script) == -1 ? -1 : take_args(r);
}

static int
read_npx(struct reader *r)
{
	r->call->is_program = true;
	r->call->verb = "exec";
	return take_options(r) == -1 ? -1 : read_program(r);
}

/* `run` or `exec` may be there; any other word is the script's name. */
static int
read_script(struct reader *r)
{
	struct direct_call *c = r->call;
	const char *verb;
	if (take_options(r) == -1 || take_name(r, &verb) == -1)
		return -1;
	c->verb = "run-script";
	c->script = verb;
	if (c->tool == DIRECT_PNPM && is_script_verb(c, verb)) {
		c->verb = "run-script";
		return take_verbatim(r);
	}
	bool run = strcmp(verb, "run") == 0 ||
		   (c->tool == DIRECT_PNPM && strcmp(verb, "run-script") == 0);
	c->is_program = strcmp(verb, "exec") == 0;
	c->shorthand = !run && !c->is_program;
	c->may_be_program = c->shorthand || (run && c->tool == DIRECT_YARN);
	if (c->is_program)
		c->verb = "exec";
	else if (!run && ONE_OF(verb, "workspace"))
		return refuse(r, DIRECT_COMMAND, verb);
	else if (!run && is_one_of(verb, own_commands, ARRAY_LEN(own_commands)))
		return refuse(r, DIRECT_COMMAND, verb);
	if ((run || c->is_program) &&
	    (take_options(r) == -1 || take_name(r, &c->script) == -1))
		return -1;
	return take_verbatim(r);
}

static int
read_yarn(struct reader *r)
{
	if (take_options(r) == -1)
		return -1;
	if (peek(r) != NULL && strcmp(peek(r), "workspace") == 0) {
		r->at++;
		if (take_name(r, &r->call->workspace) == -1)
			return -1;
	}
	return read_script(r);
}

static int
read_turbo(struct reader *r)
{
	struct direct_call *c = r->call;
	c->verb = "run";
	if (take_options(r) == -1 || take_name(r, &c->script) == -1)
		return -1;
	if (strcmp(c->script, "run") == 0 &&
	    (take_options(r) == -1 || take_name(r, &c->script) == -1))
		return -1;
	if (strchr(c->script, '#') != NULL ||
	    ONE_OF(c->script, "prune", "login", "logout", "link", "unlink",
		"daemon", "gen", "generate", "watch", "query", "ls", "info",
		"config", "telemetry", "scan", "bin", "boundaries", "docs"))
		return refuse(r, DIRECT_COMMAND, c->script);
	return take_args(r);
}

/* bun is a runtime too: bun server.js launches nothing else. */
static int
read_bun(struct reader *r)
{
	if (peek(r) == NULL || strcmp(peek(r), "run") != 0)
		return 1;
	return refuse(r, DIRECT_SHELL, NULL);
}

static bool
tool_of(const char *program, enum direct_tool *ret)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash == NULL ? program : slash + 1;
	for (int i = 0; i < DIRECT_TOOL_COUNT; i++) {
		if (strcmp(name, direct_tool_name((enum direct_tool)i)) != 0)
			continue;
		*ret = (enum direct_tool)i;
		return true;
	}
	return false;
}

bool
direct_tool_is(const char *program)
{
	enum direct_tool tool;
	return tool_of(program, &tool);
}

int
direct_tool_read(const char *const word[], size_t count,
    struct direct_call *ret, enum direct_why *ret_why, const char **ret_word)
{
	static int (*const readers[])(struct reader *) = {
		[DIRECT_NPM] = read_npm,
		[DIRECT_NPX] = read_npx,
		[DIRECT_PNPM] = read_script,
		[DIRECT_YARN] = read_yarn,
		[DIRECT_TURBO] = read_turbo,
		[DIRECT_BUN] = read_bun,
	};
	_Static_assert(ARRAY_LEN(readers) == DIRECT_TOOL_COUNT, "one each");
	struct reader r = { word, count, 1, ret, ret_why, ret_word };
	enum direct_tool tool;

	assert(count <= DIRECT_WORDS_MAX);
	if (count == 0 || !tool_of(word[0], &tool))
		return 1;
	*ret = (struct direct_call){ .tool = tool };
	ret->verb = ret->script = ret->chdir = ret->prefix = ret->workspace =
	    "";
	return readers[tool](&r);
}
