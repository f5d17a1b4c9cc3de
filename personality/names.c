/*
 * The table of names.  Like supervisor/main.c it may name other folders, and
 * there only the *_main of a program.
 */
#include "personality/names.h"

#include "personality/catatonit.h"
#include "personality/dumb_init.h"
#include "personality/envsubst.h"
#include "personality/tini.h"
#include "personality/words.h"

#include "core/exits.h"
#include "core/guard.h"
#include "envsubst/import_meta_env.h"
#include "supervisor/pm2_runtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	names_main *main;
	bool unlisted; /* an older name, or what an engine's --init mounts */
} programs[] = {
	{ "tini", tini_main, false },
	{ "tini-static", tini_main, false },
	{ "docker-init", tini_main, true },
	{ "dumb-init", dumb_init_main, false },
	{ "catatonit", catatonit_main, false },
	{ "podman-init", catatonit_main, true },
	{ "envsubst", envsubst_main, false },
	{ "pm2-runtime", pm2_runtime_main, false },
	{ "pm2-docker", pm2_runtime_main, true },
	{ "import-meta-env", import_meta_env_main, false },
};

names_main *
names_find(const char *argv0)
{
	if (argv0 == NULL)
		return NULL;
	const char *slash = strrchr(argv0, '/');
	const char *name = slash == NULL ? argv0 : slash + 1;
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (strcmp(programs[i].name, name) == 0)
			return programs[i].main;
	return NULL;
}

static void
print_names(int fd, const char *between)
{
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		if (programs[i].unlisted)
			continue;
		words_say(fd, "%s%s", separator, programs[i].name);
		separator = between;
	}
}

int
names_as_main(int argc, char *argv[])
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0) {
		print_names(STDOUT_FILENO, "\n");
		words_say(STDOUT_FILENO, "\n");
		return EXITS_OK;
	}
	names_main *program = names_find(argv[1]);
	if (program != NULL)
		return program(argc - 1, argv + 1);
	words_say(STDERR_FILENO,
	    "cradle: cannot be called '%s': no program of that name is known "
	    "(try: ",
	    argv[1]);
	print_names(STDERR_FILENO, ", ");
	words_say(STDERR_FILENO, ")\n");
	return EXITS_USAGE;
}
