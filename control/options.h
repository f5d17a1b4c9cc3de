#ifndef CONTROL_OPTIONS_H
#define CONTROL_OPTIONS_H

#include <stdbool.h>

/* The command line of one of control_cli.h's commands. */
struct options {
	const char *verb;
	const char *file;    /* -c */
	const char *service; /* "": none was named */
	bool json, watch, no_wait, follow;
	int lines; /* -n */
};

#define OPTIONS_LINES 50

/* -1: go on.  Else the exit code, with the help or one line said. */
int options_parse(int argc, char *argv[], struct options *ret);

#endif
