#include "control/options.h"

#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *verb;
	const char *letters; /* the options that it knows: help_of */
	const char *help;
} verbs[] = {
	{ "status", "jw",
	    "Usage: cradle status [--json] [--watch] [-c FILE]\n"
	    "\n"
	    "Show the running cradle and its services.\n"
	    "\n"
	    "  --json    all of it as one JSON object, as /status gives it\n"
	    "  --watch   again each second; in a pipe, whenever it changes\n" },
	{ "restart", "s",
	    "Usage: cradle restart [--no-wait] [-c FILE] [SERVICE]\n"
	    "\n"
	    "Stop SERVICE, or all of them, and start it again; one that is\n"
	    "stopped or has ended is started.  Waits until it is ready.\n"
	    "Instances go one by one; SERVICE:N is one of them.\n"
	    "\n"
	    "  --no-wait   do not wait\n" },
	{ "reload", "s",
	    "Usage: cradle reload [--no-wait] [-c FILE] [SERVICE]\n"
	    "\n"
	    "Put a new process in the place of SERVICE, or of all of them:\n"
	    "it takes the sockets over, then the old one is told to stop.\n"
	    "One whose sockets cradle does not keep is restarted.\n"
	    "\n"
	    "  --no-wait   do not wait\n" },
	{ "stop", "s",
	    "Usage: cradle stop [--no-wait] [-c FILE] [SERVICE]\n"
	    "\n"
	    "Stop SERVICE until it is started by hand.  Without a SERVICE: "
	    "stop\n"
	    "cradle itself, as SIGTERM does.  Waits until that has happened.\n"
	    "\n"
	    "  --no-wait   do not wait\n" },
	{ "start", "s",
	    "Usage: cradle start [--no-wait] [-c FILE] [SERVICE]\n"
	    "\n"
	    "Start SERVICE, or all that do not run.  Waits until it is ready.\n"
	    "\n"
	    "  --no-wait   do not wait\n" },
	{ "logs", "fns",
	    "Usage: cradle logs [-f] [-n N] [-c FILE] [SERVICE]\n"
	    "\n"
	    "Print what cradle has kept of the output of SERVICE, or of the\n"
	    "first one: stdout to stdout, then stderr to stderr.\n"
	    "\n"
	    "  -f     go on with what is written from now on\n"
	    "  -n N   at most the last N lines of each (50)\n" },
};

static const char tail[] =
    "  -c FILE     the configuration that names the control socket\n"
    "  --help      this text\n"
    "\n"
    "Exit codes: 0 done, 1 it did not come true, 64 usage, 69 no cradle "
    "answers.\n";

static int
wrong(const struct options *o, const char *word, const char *why)
{
	log_error(0, "cannot take \"%s\": it %s (try cradle %s --help)", word,
	    why, o->verb);
	return EXITS_USAGE;
}

static int
set_lines(struct options *o, const char *text)
{
	char *end;
	errno = 0;
	long n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || n < 0 || n > 1000000)
		return wrong(o, text, "is no number of lines");
	o->lines = (int)n;
	return -1;
}

static bool
set_flag(struct options *o, const char *letters, const char *word)
{
	const struct {
		char letter;
		const char *word;
		bool *flag;
	} flags[] = {
		{ 'j', "--json", &o->json },
		{ 'w', "--watch", &o->watch },
		{ 's', "--no-wait", &o->no_wait },
		{ 'f', "-f", &o->follow },
		{ 'f', "--follow", &o->follow },
	};
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(flags[i].word, word) != 0 ||
		    strchr(letters, flags[i].letter) == NULL)
			continue;
		*flags[i].flag = true;
		return true;
	}
	return false;
}

/* One word, with the one behind it when it takes one. */
static int
take_word(struct options *o, const char *letters, char **word, int *ret_used)
{
	bool file = strcmp(*word, "-c") == 0;
	bool lines = strcmp(*word, "-n") == 0 && strchr(letters, 'n') != NULL;

	*ret_used = 1;
	if (file || lines) {
		if (word[1] == NULL)
			return wrong(o, *word, "needs a value");
		*ret_used = 2;
		if (lines)
			return set_lines(o, word[1]);
		o->file = word[1];
		return -1;
	}
	if (set_flag(o, letters, *word))
		return -1;
	if (**word == '-')
		return wrong(o, *word, "is no option");
	if (strchr(letters, 's') == NULL)
		return wrong(o, *word, "is one word too many");
	if (o->service[0] != '\0')
		return wrong(o, *word, "is one service too many");
	if (**word == '\0' || strlen(*word) > 256)
		return wrong(o, *word, "is no service");
	o->service = *word;
	return -1;
}

static bool
wants_help(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int
options_parse(int argc, char *argv[], struct options *ret)
{
	size_t at = 0;
	int used, r = -1;

	while (
	    at < ARRAY_LEN(verbs) - 1 && strcmp(verbs[at].verb, argv[0]) != 0)
		at++;
	*ret = (struct options){
		.verb = verbs[at].verb,
		.service = "",
		.lines = OPTIONS_LINES,
	};
	if (wants_help(argc, argv))
		return fputs(verbs[at].help, stdout) == EOF ||
			       fputs(tail, stdout) == EOF
			   ? EXITS_OSERR
			   : EXITS_OK;
	for (int i = 1; i < argc && r == -1; i += used)
		r = take_word(ret, verbs[at].letters, &argv[i], &used);
	return r;
}
