#ifndef CONFIG_PM2_OPTIONS_H
#define CONFIG_PM2_OPTIONS_H

#include <stddef.h>

/* The table of pm2-runtime's options; pm2_cli.c reads the words along it. */

enum pm2_options_kind {
	PM2_OPTIONS_KEY,   /* its value is that key's */
	PM2_OPTIONS_YES,   /* the key is true */
	PM2_OPTIONS_NO,    /* the key is false */
	PM2_OPTIONS_CODES, /* all numbers that follow are the key's list */
	PM2_OPTIONS_TAKEN, /* changes nothing here */
	PM2_OPTIONS_TAKEN_ARG,
	PM2_OPTIONS_REFUSED, /* `key` is the reason */
	PM2_OPTIONS_FORMAT,  /* the key is logs.format's value */
	PM2_OPTIONS_OWN      /* see own_option */
};

struct pm2_option {
	const char *name;
	enum pm2_options_kind kind;
	char letter; /* 0: none */
	const char *key;
};

/* One after the other: start with NULL; NULL ends. */
const struct pm2_option *pm2_options_next(const struct pm2_option *last);

extern const char pm2_options_help[];

#endif
