#ifndef CONFIG_DIRECT_TOOL_H
#define CONFIG_DIRECT_TOOL_H

#include "config/direct_line.h"

/* Launchers: programs whose work is to start another one. */
#define DIRECT_TOOLS(X)   \
	X(NPM, "npm")     \
	X(NPX, "npx")     \
	X(PNPM, "pnpm")   \
	X(YARN, "yarn")   \
	X(TURBO, "turbo") \
	X(BUN, "bun")

enum direct_tool {
#define X(name, text) DIRECT_##name,
	DIRECT_TOOLS(X)
#undef X
	    DIRECT_TOOL_COUNT,
};

/* What a launcher was asked to do. */
struct direct_call {
	enum direct_tool tool;
	const char *verb;    /* npm_command, as npm has it: "start", "run" */
	const char *script;  /* or a program of node_modules/.bin */
	bool is_program;     /* exec and npx */
	bool may_be_program; /* yarn run: either */
	bool shorthand;      /* or even a command of the launcher */
	bool alone;          /* turbo --only: what it depends on is left out */
	const char *chdir;   /* -C DIR: done before all else, or "" */
	const char *prefix;  /* --prefix DIR: where the package is, or "" */
	const char *workspace; /* its name or, for npm, folder; or "" */
	const char *arg[DIRECT_WORDS_MAX];
	size_t args;
};

/* "npm"; the name that people type. */
const char *direct_tool_name(enum direct_tool tool);

/* Whether a program, named or with its path, is one of them. */
bool direct_tool_is(const char *program);

/*
 * Read a launcher's words (count of them).  1: it is no launcher's command.  0:
 * *ret is filled, pointing into the words.  -1: *ret_why says what is in the
 * way; for DIRECT_OPTION and DIRECT_COMMAND *ret_word is the word meant.
 */
int direct_tool_read(const char *const word[], size_t count,
    struct direct_call *ret, enum direct_why *ret_why, const char **ret_word);

#endif
