#include "envsubst/subst_options.h"

#include "envsubst/quote.h"
#include "envsubst/saying.h"

#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: cradle subst [OPTIONS] [PATH...]\n"
    "\n"
    "Put public variables into built files, and leave.  A PATH is a folder, "
    "or\n"
    "files of one, also as a glob; \"-\" is standard input, filled to "
    "standard\n"
    "output.  Without one: those of dist, .next, .nuxt, .output and build "
    "that\n"
    "there are; in mode envsubst: \"-\".\n"
    "\n"
    "  -m, --mode MODE        import-meta-env (default), envsubst, tokens, "
    "file\n"
    "  -x, --example FILE     names the variables (.env.example beside the "
    "folder)\n"
    "      --variables LIST   names them instead: A,B,PUBLIC_*\n"
    "  -e, --env-file FILE    values for what the environment has not\n"
    "      --allow-secret A   this one may look like a credential\n"
    "\n"
    "      --root DIR         the folder that PATHs are files of\n"
    "  -o, --output DIR       write a filled copy there\n"
    "      --overlay          only what differs\n"
    "      --store DIR        keeps the originals when filled in place\n"
    "      --siblings WORD    .gz, .br, .zst: rewrite (default), remove, keep\n"
    "      --csp FILE         write the hashes of inline scripts there\n"
    "      --maps WORD        source maps: shift (default) their columns, pad\n"
    "                         the text where it is shorter, keep\n"
    "      --pad              the same as --maps pad\n"
    "      --no-digests       leave integrity attributes and manifests alone\n"
    "      --allow-leftover   a placeholder that is none is a warning\n"
    "\n"
    "      --quoting WORD     auto (default), raw, json, js, html, nginx, "
    "url,\n"
    "                         css, literal: for envsubst and tokens\n"
    "      --unset WORD       error (default; for \"-\" empty), empty, keep\n"
    "      --strict           what cannot be read as an expression is an "
    "error\n"
    "      --pattern TEXT     a token, with NAME in it: \"@@NAME@@\"\n"
    "      --path FILE        mode file: where to (env.js)\n"
    "      --global NAME      mode file: what is set (window.env)\n"
    "      --hash             mode file: a digest in the name\n"
    "\n"
    "      --index            at image build: note where placeholders are\n"
    "      --dry-run          show what would change, without the values\n"
    "      --json             a report on standard output\n"
    "  -q, --quiet            no report line\n"
    "  -h, --help\n"
    "\n"
    "Exit codes: 0 done, 64 usage, 71 a file could not be read or written, 78 "
    "a\nvariable or a placeholder is wrong.  cradle-subst(1) has the rest.\n";

enum option {
	MODE,
	EXAMPLE,
	VARIABLES,
	ENV_FILE,
	ALLOW_SECRET,
	ROOT,
	OUTPUT,
	OVERLAY,
	STORE,
	SIBLINGS,
	CSP,
	MAPS,
	NO_DIGESTS,
	PAD,
	ALLOW_LEFTOVER,
	QUOTING,
	UNSET,
	STRICT,
	PATTERN,
	WHERE,
	GLOBAL,
	HASH,
	INDEX,
	DRY_RUN,
	JSON,
	QUIET,
	HELP,
	OPTIONS,
};

static const struct {
	const char *name;
	char letter;
	bool valued;
} table[OPTIONS] = {
	[MODE] = { "mode", 'm', true },
	[EXAMPLE] = { "example", 'x', true },
	[VARIABLES] = { "variables", 0, true },
	[ENV_FILE] = { "env-file", 'e', true },
	[ALLOW_SECRET] = { "allow-secret", 0, true },
	[ROOT] = { "root", 0, true },
	[OUTPUT] = { "output", 'o', true },
	[OVERLAY] = { "overlay", 0, false },
	[STORE] = { "store", 0, true },
	[SIBLINGS] = { "siblings", 0, true },
	[CSP] = { "csp", 0, true },
	[MAPS] = { "maps", 0, true },
	[NO_DIGESTS] = { "no-digests", 0, false },
	[PAD] = { "pad", 0, false },
	[ALLOW_LEFTOVER] = { "allow-leftover", 0, false },
	[QUOTING] = { "quoting", 0, true },
	[UNSET] = { "unset", 0, true },
	[STRICT] = { "strict", 0, false },
	[PATTERN] = { "pattern", 0, true },
	[WHERE] = { "path", 0, true },
	[GLOBAL] = { "global", 0, true },
	[HASH] = { "hash", 0, false },
	[INDEX] = { "index", 0, false },
	[DRY_RUN] = { "dry-run", 0, false },
	[JSON] = { "json", 0, false },
	[QUIET] = { "quiet", 'q', false },
	[HELP] = { "help", 'h', false },
};

/* Says it; 1, as subst_options_read returns it. */
static int
refuse(int *ret_code, const char *what, const char *word)
{
	log_error(0,
	    "cannot read the command line: %s %.200s (try cradle "
	    "subst --help)",
	    what, word);
	*ret_code = EXITS_USAGE;
	return 1;
}

static int
add(struct subst_list *l, const char *item)
{
	const char **grown = realloc(l->item, (l->count + 2) * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	l->item = grown;
	grown[l->count++] = item;
	grown[l->count] = NULL;
	return 0;
}

/* The index of the word among them, or -1. */
static int
choose(const char *word, const char *const *of, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(of[i], word) == 0)
			return (int)i;
	return -1;
}

/* "A,B,PUBLIC_*", which is cut into parts. */
static int
add_names(struct subst_options *o, char *text)
{
	for (char *rest = text, *word; (word = strsep(&rest, ", ")) != NULL;) {
		size_t len = strlen(word);
		bool prefix = len > 0 && word[len - 1] == '*';
		if (prefix)
			word[len - 1] = '\0';
		int r =
		    len == 0 ? 0 : add(prefix ? &o->prefixes : &o->names, word);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
take_choice(struct subst_options *o, enum option k, const char *word)
{
	static const char *const modes[] = { "import-meta-env", "envsubst",
		"tokens", "file" };
	static const char *const unset[] = { "empty", "keep", "error" };
	static const char *const siblings[] = { "rewrite", "remove", "keep" };
	static const char *const maps[] = { "shift", "pad", "keep" };
	int n;

	if (k == MODE) {
		n = choose(word, modes, ARRAY_LEN(modes));
		o->wish.kind = (enum modes_kind)n;
	} else if (k == UNSET) {
		n = choose(word, unset, ARRAY_LEN(unset));
		o->wish.unset = (enum fillin_unset)n;
		o->unset_given = true;
	} else if (k == SIBLINGS) {
		n = choose(word, siblings, ARRAY_LEN(siblings));
		o->depend.siblings = (enum depend_siblings)n;
	} else if (k == MAPS) {
		n = choose(word, maps, ARRAY_LEN(maps));
		o->wish.pad = n == 1;
		o->depend.no_maps = n == 2;
	} else {
		n = strcmp(word, "auto") == 0 ? 0
					      : quote_find(word, strlen(word));
		o->wish.quoting = strcmp(word, "auto") == 0 ? -1 : n;
	}
	return n < 0 ? -EINVAL : 0;
}

static int
take_flag(struct subst_options *o, enum option k, int *ret_code)
{
	bool *const flags[OPTIONS] = {
		[OVERLAY] = &o->overlay,
		[NO_DIGESTS] = &o->depend.no_digests,
		[PAD] = &o->wish.pad,
		[ALLOW_LEFTOVER] = &o->allow_leftover,
		[STRICT] = &o->wish.strict,
		[HASH] = &o->wish.hash,
		[INDEX] = &o->index,
		[DRY_RUN] = &o->dry_run,
		[JSON] = &o->json,
		[QUIET] = &o->quiet,
	};

	if (k == HELP) {
		saying_add(STDOUT_FILENO, "%s", usage);
		*ret_code = EXITS_OK;
		return 1;
	}
	if (flags[k] != NULL)
		*flags[k] = true;
	return 0;
}

static int
take(struct subst_options *o, enum option k, char *value)
{
	const char **const texts[OPTIONS] = {
		[EXAMPLE] = &o->example,
		[ENV_FILE] = &o->env_file,
		[ROOT] = &o->root,
		[OUTPUT] = &o->output,
		[STORE] = &o->store,
		[CSP] = &o->csp,
		[WHERE] = &o->wish.path,
		[GLOBAL] = &o->wish.global,
	};

	if (texts[k] != NULL) {
		*texts[k] = value;
		return 0;
	}
	if (k == VARIABLES)
		return add_names(o, value);
	if (k == ALLOW_SECRET)
		return add(&o->allow, value);
	return k == PATTERN ? add(&o->patterns, value)
			    : take_choice(o, k, value);
}

static enum option
find(const char *name, size_t len, char letter)
{
	enum option k = 0;
	while (k < OPTIONS &&
	       (name == NULL ? table[k].letter != letter
			     : strlen(table[k].name) != len ||
				   memcmp(table[k].name, name, len) != 0))
		k++;
	return k;
}

/* One word that begins with a dash; *at moves behind it and its value. */
static int
read_option(struct subst_options *o, char *argv[], int *at, int *ret_code)
{
	char *word = argv[(*at)++];
	bool named = word[1] == '-';
	char *sign = named ? strchr(word, '=') : NULL;
	size_t len = sign != NULL ? (size_t)(sign - word) - 2
		     : named      ? strlen(word + 2)
				  : 1;
	enum option k = find(named ? word + 2 : NULL, len, word[1]);
	char *value = sign != NULL                ? sign + 1
		      : !named && word[2] != '\0' ? word + 2
						  : NULL;

	if (k == OPTIONS)
		return refuse(ret_code, "there is no option", word);
	if (!table[k].valued && !named && value != NULL && *value != '-') {
		/* more letters behind it */
		word[1] = '-';
		argv[--*at] = word + 1;
		return take_flag(o, k, ret_code);
	}
	if (!table[k].valued)
		return value != NULL
			   ? refuse(ret_code, "no value goes with", word)
			   : take_flag(o, k, ret_code);
	if (value == NULL)
		value = argv[*at] == NULL ? NULL : argv[(*at)++];
	if (value == NULL)
		return refuse(ret_code, "a value is missing behind", word);
	int r = take(o, k, value);
	return r == -EINVAL ? refuse(ret_code, "there is no such word:", value)
			    : r;
}

static int
check(const struct subst_options *o, int *ret_code)
{
	if (o->output != NULL && o->store != NULL)
		return refuse(ret_code, "--output keeps nothing in", "--store");
	if (o->overlay && o->output == NULL)
		return refuse(
		    ret_code, "--overlay needs a folder:", "--output");
	if (o->example != NULL && o->names.count + o->prefixes.count > 0)
		return refuse(ret_code, "one of two names the variables:",
		    "--example or --variables");
	return 0;
}

int
subst_options_read(
    int argc, char *argv[], struct subst_options *ret, int *ret_code)
{
	bool ended = false;
	int r = 0;

	*ret = (struct subst_options){
		.wish = { .quoting = -1,
		    .unset = FILLIN_UNSET_ERROR,
		    .path = "env.js",
		    .global = "window.env" },
	};
	for (int at = 1; at < argc && r == 0;) {
		char *word = argv[at];
		if (!ended && strcmp(word, "--") == 0) {
			ended = true;
			at++;
		} else if (ended || word[0] != '-' || word[1] == '\0') {
			r = add(&ret->paths, word);
			at++;
		} else {
			r = read_option(ret, argv, &at, ret_code);
		}
	}
	return r == 0 ? check(ret, ret_code) : r;
}

void
subst_options_free(struct subst_options *o)
{
	free(o->names.item);
	free(o->prefixes.item);
	free(o->allow.item);
	free(o->patterns.item);
	free(o->paths.item);
}
