#ifndef CONFIG_DIRECT_WHY_H
#define CONFIG_DIRECT_WHY_H

/*
 * Why a launcher's command is not taken apart, as people read it after "it has"
 * or on its own.  cradle.json(5) has this very table; a test compares them.
 */
#define DIRECT_WHYS(X)                                                         \
	X(OPERATOR, "an operator of the shell: & | ; < > ( ) or a new line")   \
	X(EXPANSION, "a $ or ` that the shell would expand")                   \
	X(PATTERN, "a pattern of file names: * ? [ { } or ~")                  \
	X(COMMENT, "a comment of the shell: #")                                \
	X(QUOTE, "a quote or a backslash without an end")                      \
	X(BUILTIN, "a word of the shell's own: cd, export, if and their like") \
	X(EMPTY, "no command")                                                 \
	X(LONG, "more than 256 words or 32 KiB")                               \
	X(PATH, "an assignment to PATH")                                       \
	X(REFERENCE, "a value that looks like a secret's reference")           \
	X(HOOK, "a pre or post script of the same name")                       \
	X(OPTION, "an option of the launcher that is not known here")          \
	X(DASHES, "a -- that not every version of the launcher treats alike")  \
	X(COMMAND, "a command of the launcher's own")                          \
	X(PACKAGE, "no package.json to find it in")                            \
	X(JSON, "a package.json that cannot be read")                          \
	X(SETTINGS, "a script-shell, shell-emulator or node-options setting")  \
	X(PNP, "Yarn's Plug'n'Play")                                           \
	X(WORKSPACE, "a workspace that is not to be found")                    \
	X(SEVERAL, "several workspaces with that script")                      \
	X(GLOBS, "workspaces that are not named by folder or folder/*")        \
	X(DEPENDS, "a turbo task that depends on others")                      \
	X(TASK, "a task that turbo.json does not name")                        \
	X(CYCLE, "scripts that call each other in a circle")                   \
	X(DEEP, "more than 8 launchers, each in another")                      \
	X(PROGRAM, "a program not in node_modules/.bin or on PATH")            \
	X(SHELL, "bun run, which has a shell and .env files of its own")

enum direct_why {
#define X(name, text) DIRECT_##name,
	DIRECT_WHYS(X)
#undef X
	    DIRECT_WHY_COUNT,
	DIRECT_MISSING = DIRECT_WHY_COUNT, /* no such script: an error */
};

#endif
