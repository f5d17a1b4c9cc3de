#include "config/pm2_options.h"

#include "core/guard.h"

const char pm2_options_help[] =
    "pm2-runtime, as cradle has it: supervise what was written for PM2.\n"
    "\n"
    "usage: pm2-runtime [start] FILE|SCRIPT [OPTION...] [-- ARG...]\n"
    "\n"
    "FILE    ecosystem.config.js, .cjs, .mjs, .json, or any other .json file\n"
    "SCRIPT  a script, a program, or a line in quotes for the shell\n"
    "\n"
    "  --env NAME        put env_NAME over env\n"
    "  --only NAMES      these apps of the file, with commas between\n"
    "  --print-config    print the cradle.json that does the same, and leave\n"
    "  --delay SECONDS   wait before anything is started\n"
    "\n"
    "For a script, and over what every app of a file says:\n"
    "  -n, --name NAME   -i, --instances 1   --cwd DIR   --namespace NAME\n"
    "  --interpreter PROGRAM   --node-args, --interpreter-args ARGS\n"
    "  --uid USER   --gid GROUP   --port PORT   --source-map-support\n"
    "  --wait-ready   --listen-timeout MS   --kill-timeout MS\n"
    "  --shutdown-with-message   --max-memory-restart SIZE\n"
    "  --no-autorestart   --stop-exit-codes CODE...   -c, --cron EXPRESSION\n"
    "  --max-restarts N   --min-uptime MS   --restart-delay MS\n"
    "  --exp-backoff-restart-delay MS\n"
    "\n"
    "What PM2 has beside these is refused by name.  cradle-pm2-runtime(1) has\n"
    "the table of keys.  CRADLE_* variables work as ever.\n";

#define NO_PLUS                                                              \
	"there is no PM2 Plus here (leave it out; see events and health in " \
	"cradle.json(5))"

#define VALUE(name, key)                      \
	{                                     \
		name, PM2_OPTIONS_KEY, 0, key \
	}
#define YES(name, key)                        \
	{                                     \
		name, PM2_OPTIONS_YES, 0, key \
	}
#define TAKEN(name)                              \
	{                                        \
		name, PM2_OPTIONS_TAKEN, 0, NULL \
	}

static const struct pm2_option options[] = {
	{ "--name", PM2_OPTIONS_KEY, 'n', "name" },
	{ "--instances", PM2_OPTIONS_KEY, 'i', "instances" },
	{ "--cron", PM2_OPTIONS_KEY, 'c', "cron_restart" },
	VALUE("--cron-restart", "cron_restart"),
	VALUE("--cwd", "cwd"),
	VALUE("--namespace", "namespace"),
	VALUE("--interpreter", "interpreter"),
	VALUE("--node-args", "node_args"),
	VALUE("--interpreter-args", "node_args"),
	{ "--uid", PM2_OPTIONS_KEY, 'u', "uid" },
	VALUE("--user", "uid"),
	VALUE("--gid", "gid"),
	VALUE("--port", "port"),
	VALUE("--listen-timeout", "listen_timeout"),
	{ "--kill-timeout", PM2_OPTIONS_KEY, 'k', "kill_timeout" },
	VALUE("--max-memory-restart", "max_memory_restart"),
	VALUE("--max-restarts", "max_restarts"),
	VALUE("--min-uptime", "min_uptime"),
	VALUE("--restart-delay", "restart_delay"),
	VALUE("--exp-backoff-restart-delay", "exp_backoff_restart_delay"),
	YES("--wait-ready", "wait_ready"),
	YES("--shutdown-with-message", "shutdown_with_message"),
	YES("--source-map-support", "source_map_support"),
	{ "--no-autorestart", PM2_OPTIONS_NO, 0, "autorestart" },
	{ "--stop-exit-codes", PM2_OPTIONS_CODES, 0, "stop_exit_codes" },
	/* the table of keys has the reason why not */
	{ "--output", PM2_OPTIONS_KEY, 'o', "out_file" },
	{ "--error", PM2_OPTIONS_KEY, 'e', "error_file" },
	{ "--log", PM2_OPTIONS_KEY, 'l', "log_file" },
	VALUE("--log-type", "log_type"),
	VALUE("--log-date-format", "log_date_format"),
	{ "--pid", PM2_OPTIONS_KEY, 'p', "pid_file" },
	VALUE("--filter-env", "filter_env"),
	YES("--time", "time"),
	YES("--watch", "watch"),
	YES("--trace", "trace"),
	YES("--v8", "v8"),
	YES("--event-loop-inspector", "event_loop_inspector"),
	YES("--deep-monitoring", "deep_monitoring"),
	{ "--no-autostart", PM2_OPTIONS_NO, 0, "autostart" },
	{ "--no-treekill", PM2_OPTIONS_NO, 0, "treekill" },

	TAKEN("--raw"),
	TAKEN("--auto-exit"),
	TAKEN("--color"),
	TAKEN("--no-color"),
	TAKEN("--no-colors"),
	TAKEN("--no-daemon"),
	TAKEN("--no-vizion"),
	TAKEN("--no-pmx"),
	TAKEN("--no-automation"),
	TAKEN("--merge-logs"),
	TAKEN("--disable-logs"),
	TAKEN("--disable-source-map-support"),
	TAKEN("--update-env"),
	{ "--force", PM2_OPTIONS_TAKEN, 'f', NULL },
	{ "--ignore-watch", PM2_OPTIONS_TAKEN_ARG, 0, NULL },
	{ "--watch-delay", PM2_OPTIONS_TAKEN_ARG, 0, NULL },

	{ "--json", PM2_OPTIONS_FORMAT, 0, "json" },
	{ "--formatted", PM2_OPTIONS_FORMAT, 0, "text" },
	{ "--format", PM2_OPTIONS_REFUSED, 0,
	    "lines are passed on as the app writes them (leave it out)" },
	{ "--web", PM2_OPTIONS_REFUSED, 0,
	    "PM2's API shows every variable to everybody (leave it out, and "
	    "set CRADLE_HEALTH_LISTEN=:9400 for /status and /metrics)" },
	{ "--secret", PM2_OPTIONS_REFUSED, 0, NO_PLUS },
	{ "--public", PM2_OPTIONS_REFUSED, 0, NO_PLUS },
	{ "--machine-name", PM2_OPTIONS_REFUSED, 0, NO_PLUS },
	{ "--no-auto-exit", PM2_OPTIONS_REFUSED, 0,
	    "a container whose app has ended for good is over (leave it out; "
	    "max_restarts over 1000 never gives up)" },

	{ "--env", PM2_OPTIONS_OWN, 0, NULL },
	{ "--only", PM2_OPTIONS_OWN, 0, NULL },
	{ "--delay", PM2_OPTIONS_OWN, 0, NULL },
	{ "--print-config", PM2_OPTIONS_OWN, 0, NULL },
	{ "--help", PM2_OPTIONS_OWN, 'h', NULL },
	{ "--version", PM2_OPTIONS_OWN, 'V', NULL },
	{ "--version", PM2_OPTIONS_OWN, 'v', NULL },
};

const struct pm2_option *
pm2_options_next(const struct pm2_option *last)
{
	size_t i = last == NULL ? 0 : (size_t)(last - options) + 1;
	return i < ARRAY_LEN(options) ? &options[i] : NULL;
}
