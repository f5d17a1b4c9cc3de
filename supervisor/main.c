/*
 * The one file that names other folders: which role or subcommand this process
 * is.  A role is started by PID 1 as `cradle: NAME`, its channel at CHANNEL_FD;
 * everything else is a user's command line.
 */
#include "config/check.h"
#include "control/control_cli.h"
#include "core/channel.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "core/role.h"
#include "envsubst/inject.h"
#include "envsubst/subst.h"
#include "healthcheck/health.h"
#include "logs/scribe.h"
#include "notify/courier.h"
#include "personality/names.h"
#include "remote/version.h"
#include "secrets/fetch.h"
#include "supervisor/cli.h"
#include "supervisor/init.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

static const struct {
	const char *name;
	int (*main)(void);
} roles[] = {
	{ "fetch", fetch_main },
	{ "inject", inject_main },
	{ "scribe", scribe_main },
	{ "courier", courier_main },
	{ "health", health_main },
};

static const struct {
	const char *name;
	int (*main)(int argc, char *argv[]);
} subcommands[] = {
	{ "run", cli_run },
	{ "check", check_cli_main },
	{ "health", health_cli_main },
	{ "status", control_cli_main },
	{ "restart", control_cli_main },
	{ "reload", control_cli_main },
	{ "stop", control_cli_main },
	{ "start", control_cli_main },
	{ "logs", control_cli_main },
	{ "version", version_cli_main },
	{ "--version", version_cli_main },
	{ "-V", version_cli_main },
	{ "help", cli_help },
	{ "subst", subst_main },
	{ "as", names_as_main },
};

/* Words that the contract keeps for later: they never become a command. */
static const char *const reserved[] = { "warm", "secrets", "event", "init" };

/* With 0, 1 or 2 closed, the next socket would become somebody's output. */
static void
fill_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

static int
run_role(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		if (strcmp(roles[i].name, name) == 0) {
			role_begin(name);
			return roles[i].main();
		}
	}
	return EXITS_INTERNAL;
}

/* PID 1 has executed itself: the number of the descriptor, or -1. */
static int
reborn_with(const char *name)
{
	size_t len = strlen(REBIRTH_TITLE);
	return strncmp(name, REBIRTH_TITLE, len) == 0 ? atoi(name + len) : -1;
}

int
main(int argc, char *argv[])
{
	rebirth_remember(argv);
	if (argc > 0 && reborn_with(argv[0]) > STDERR_FILENO)
		return init_reborn(reborn_with(argv[0]), environ);
	names_main *other = names_find(argv[0]);
	if (other != NULL)
		return other(argc, argv);
	if (argc == 2 && strcmp(argv[0], "cradle:") == 0)
		return run_role(argv[1]);
	if (fcntl(STDIN_FILENO, F_GETFD) == -1 ||
	    fcntl(STDOUT_FILENO, F_GETFD) == -1 ||
	    fcntl(STDERR_FILENO, F_GETFD) == -1)
		fill_standard_descriptors();
	if (argc < 2)
		return cli_run(argc, argv);
	for (size_t i = 0; i < ARRAY_LEN(subcommands); i++)
		if (strcmp(subcommands[i].name, argv[1]) == 0)
			return subcommands[i].main(argc - 1, argv + 1);
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		if (strcmp(reserved[i], argv[1]) != 0)
			continue;
		log_error(0,
		    "cradle %s is not part of this version (a command "
		    "of that name goes after --)",
		    argv[1]);
		return EXITS_USAGE;
	}
	return cli_run(argc, argv);
}
