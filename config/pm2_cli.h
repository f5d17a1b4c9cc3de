#ifndef CONFIG_PM2_CLI_H
#define CONFIG_PM2_CLI_H

#include "config/arena.h"
#include "config/json.h"
#include "config/plan.h"

#include <stdbool.h>

/*
 * The command line of pm2-runtime: [start] FILE|SCRIPT [OPTION...] [-- ARG...].
 * Options that stand for a key of an app become that key.
 */

enum pm2_cli_act { PM2_CLI_RUN, PM2_CLI_HELP, PM2_CLI_VERSION };

enum pm2_cli_target {
	PM2_CLI_SCRIPT,
	PM2_CLI_JSON,
	PM2_CLI_MODULE, /* JavaScript that exports apps */
};

struct pm2_cli {
	enum pm2_cli_act act;
	enum pm2_cli_target kind;
	const char *target;
	const struct json *options; /* an object of PM2's keys */
	bool one_only;              /* a name or arguments are among them */
	bool print;                 /* --print-config */
	const char *env_name;       /* or NULL */
	const char *only;           /* or NULL */
	const char *log_format;     /* or NULL */
	int64_t delay_ms;
};

/* What is returned points into argv and the arena.  0, or -1. */
int pm2_cli_parse(char *const argv[], struct arena *arena, struct pm2_cli *ret,
    struct plan_error *ret_error);

#endif
