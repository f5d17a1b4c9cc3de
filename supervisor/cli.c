#include "supervisor/cli.h"

#include "config/plan.h"
#include "core/exits.h"
#include "core/log.h"
#include "supervisor/init.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/pid1.h"

static const char help[] =
    "cradle " CRADLE_VERSION
    ": an init that fetches secrets, fills in assets,\n"
    "restarts what dies and says why.\n"
    "\n"
    "usage:\n"
    "  cradle [run] [-c FILE] [--] COMMAND [ARG...]   supervise COMMAND\n"
    "  cradle [run] [-c FILE]       supervise what the configuration names\n"
    "  cradle check [-c FILE] [--json] [--schema] [COMMAND [ARG...]]\n"
    "                               validate, print what would run, in order\n"
    "  cradle health [--ready|--live|--startup] [URL]\n"
    "                               a probe: exit 0 or 1\n"
    "  cradle status [--json] [--watch]\n"
    "                               the services of the cradle that runs here\n"
    "  cradle restart|reload|stop|start [--no-wait] [SERVICE]\n"
    "                               act on them; wait for the outcome\n"
    "  cradle logs [-f] [-n N] [SERVICE]\n"
    "                               what was kept of their output\n"
    "  cradle subst [OPTIONS] [PATH...]\n"
    "                               put public variables into built files\n"
    "  cradle as NAME [ARG...]      be tini, pm2-runtime...; alone: which\n"
    "  cradle version               version and build\n"
    "  cradle help, --help          this text; `--help` after a subcommand "
    "too\n"
    "\n"
    "Configuration: -c FILE, $CRADLE_CONFIG, ./cradle.json, /etc/cradle.json.\n"
    "Exit codes: the app's own, 128+n for signal n; 64 usage, 69 a secret "
    "store\n"
    "or cradle was not reached, 70 internal, 71 a system call failed, 77 a "
    "secret\n"
    "was denied, 78 configuration, 126 not executable, 127 not found.\n"
    "Manual: cradle(1), cradle.json(5), cradle(7).\n";

static int
usage(const char *what, const char *word)
{
	log_error(0, "%s %s (try cradle --help)", what, word);
	return EXITS_USAGE;
}

int
cli_help(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	return fputs(help, stdout) == EOF ? EXITS_OSERR : EXITS_OK;
}

struct options {
	const char *file;
	char **command; /* NULL: none */
	int code;       /* -1: go on */
};

/* Options end at the first word that is none. */
static void
parse(int argc, char *argv[], struct options *o)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			o->code = cli_help(argc, argv);
			return;
		}
		if (strcmp(argv[i], "-c") != 0) {
			o->code = usage("unknown option", argv[i]);
			return;
		}
		if (++i == argc) {
			o->code = usage("a file is missing after", "-c");
			return;
		}
		o->file = argv[i];
	}
	if (i < argc)
		o->command = argv + i;
}

int
cli_run(int argc, char *argv[])
{
	struct options o = { .code = -1 };
	struct plan_error error;
	struct plan *plan;

	parse(argc, argv, &o);
	if (o.code != -1)
		return o.code;
	if (plan_load(o.file, o.command, environ, &plan, &error) == -1) {
		log_error(0, "%s", error.text);
		return error.code;
	}
	log_setup((enum log_level)plan->log_level,
	    (enum log_format)plan->log_format, NULL);
	return init_main(plan, environ);
}
