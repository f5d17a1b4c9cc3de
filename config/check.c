#include "config/check.h"

#include "config/check_json.h"
#include "config/check_text.h"
#include "config/manpage.h"
#include "config/schema.h"
#include "core/exits.h"
#include "core/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: cradle check [-c FILE] [--json] [--] [COMMAND [ARG...]]\n"
    "       cradle check --schema\n"
    "\n"
    "Validates the configuration, the variables and the command line, and "
    "prints\n"
    "what would run, in order. Nothing is started, nothing is fetched.\n"
    "\n"
    "  -c FILE    the configuration (else $CRADLE_CONFIG, ./cradle.json,\n"
    "             /etc/cradle.json)\n"
    "  --json     the same as one JSON object, for programs\n"
    "  --schema   print the JSON Schema of cradle.json\n"
    "\n"
    "Exit status: 0 all is well, 64 wrong usage, 78 wrong configuration.\n";

struct options {
	const char *file;
	char *const *command;
	bool json;
	void (*print)(FILE *to);
	bool help;
};

static int
misuse(const char *what, const char *word)
{
	log_error(0, "check: %s \"%s\" (try: cradle check --help)", what, word);
	return -1;
}

static int
take_option(struct options *o, int argc, char *argv[], int *i)
{
	const char *word = argv[*i];
	if (strcmp(word, "-c") == 0) {
		if (*i + 1 == argc)
			return misuse("there is no file after", word);
		o->file = argv[++*i];
	} else if (strncmp(word, "-c", 2) == 0) {
		o->file = word + 2;
	} else if (strcmp(word, "--json") == 0) {
		o->json = true;
	} else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		o->help = true;
	} else if (strcmp(word, "--schema") == 0) {
		o->print = schema_print;
	} else if (strcmp(word, "--man-keys") == 0) {
		o->print = manpage_keys;
	} else if (strcmp(word, "--man-variables") == 0) {
		o->print = manpage_variables;
	} else {
		return misuse("unknown option", word);
	}
	return 0;
}

static int
read_options(int argc, char *argv[], struct options *ret)
{
	*ret = (struct options){ 0 };
	for (int i = 1; i < argc; i++) {
		bool end = strcmp(argv[i], "--") == 0;
		if (end || argv[i][0] != '-') {
			i += end;
			ret->command = i < argc ? &argv[i] : NULL;
			return 0;
		}
		if (take_option(ret, argc, argv, &i) == -1)
			return -1;
	}
	return 0;
}

/* What was printed must have arrived: a full disk is no "all is well". */
static int
finished(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	log_error(0, "check: cannot write to stdout");
	return EXITS_OSERR;
}

static void
log_notes(const struct check_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		if (notes->item[i].wrong)
			log_error(0, "%s", notes->item[i].text);
		else
			log_warn(0, "warning: %s", notes->item[i].text);
	}
}

static int
check(const struct options *o)
{
	/* too large for a stack frame, and there is one check per process */
	static struct check_notes notes;
	struct plan_error error;
	struct plan *plan;

	if (plan_load(o->file, o->command, environ, &plan, &error) == -1) {
		if (o->json)
			check_json_refused(&error, stdout);
		log_error(0, "%s", error.text);
		return finished(error.code);
	}
	notes = (struct check_notes){ 0 };
	check_notes_take(plan, environ, &notes);
	if (o->json)
		check_json_print(plan, environ, &notes, stdout);
	else
		check_text_print(plan, environ, stdout);
	int code = finished(notes.wrong ? EXITS_CONFIG : EXITS_OK);
	log_notes(&notes);
	return code;
}

int
check_cli_main(int argc, char *argv[])
{
	struct options o;
	if (read_options(argc, argv, &o) == -1)
		return EXITS_USAGE;
	if (o.help) {
		(void)fputs(usage, stdout);
		return finished(EXITS_OK);
	}
	if (o.print != NULL) {
		o.print(stdout);
		return finished(EXITS_OK);
	}
	return check(&o);
}
