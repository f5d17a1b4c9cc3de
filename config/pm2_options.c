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

static const struct pm2_option options[] = {
	{ "--name", PM2_OPTIONS_KEY, 'n', "name" },
	{ "--instances", PM2_OPTIONS_KEY, 'i', "instances" },
	{ "--cron", PM2_OPTIONS_KEY, 'c', "cron_restart" },
	{ "--cron-restart", PM2_OPTIONS_KEY, 0, "cron_restart" },
	{ "--cwd", PM2_OPTIONS_KEY, 0, "cwd" },
	{ "--namespace", PM2_OPTIONS_KEY, 0, "namespace" },
	{ "--interpreter", PM2_OPTIONS_KEY, 0, "interpreter" },
	{ "--node-args", PM2_OPTIONS_KEY, 0, "node_args" },
	{ "--interpreter-args", PM2_OPTIONS_KEY, 0, "node_args" },
	{ "--uid", PM2_OPTIONS_KEY, 'u', "uid" },
	{ "--user", PM2_OPTIONS_KEY, 0, "uid" },
	{ "--gid", PM2_OPTIONS_KEY, 0, "gid" },
	{ "--port", PM2_OPTIONS_KEY, 0, "port" },
	{ "--listen-timeout", PM2_OPTIONS_KEY, 0, "listen_timeout" },
	{ "--kill-timeout", PM2_OPTIONS_KEY, 'k', "kill_timeout" },
	{ "--max-memory-restart", PM2_OPTIONS_KEY, 0, "max_memory_restart" },
	{ "--max-restarts", PM2_OPTIONS_KEY, 0, "max_restarts" },
	{ "--min-uptime", PM2_OPTIONS_KEY, 0, "min_uptime" },
	{ "--restart-delay", PM2_OPTIONS_KEY, 0, "restart_delay" },
	{ "--exp-backoff-restart-delay", PM2_OPTIONS_KEY, 0,
	    "exp_backoff_restart_delay" },
	{ "--wait-ready", PM2_OPTIONS_YES, 0, "wait_ready" },
	{ "--shutdown-with-message", PM2_OPTIONS_YES, 0,
	    "shutdown_with_message" },
	{ "--source-map-support", PM2_OPTIONS_YES, 0, "source_map_support" },
	{ "--no-autorestart", PM2_OPTIONS_NO, 0, "autorestart" },
	{ "--stop-exit-codes", PM2_OPTIONS_CODES, 0, "stop_exit_codes" },
	/* the table of keys has the reason why not */
	{ "--output", PM2_OPTIONS_KEY, 'o', "out_file" },
	{ "--error", PM2_OPTIONS_KEY, 'e', "error_file" },
	{ "--log", PM2_OPTIONS_KEY, 'l', "log_file" },
	{ "--log-type", PM2_OPTIONS_KEY, 0, "log_type" },
	{ "--log-date-format", PM2_OPTIONS_KEY, 0, "log_date_format" },
	{ "--pid", PM2_OPTIONS_KEY, 'p', "pid_file" },
	{ "--filter-env", PM2_OPTIONS_KEY, 0, "filter_env" },
	{ "--time", PM2_OPTIONS_YES, 0, "time" },
	{ "--watch", PM2_OPTIONS_YES, 0, "watch" },
	{ "--trace", PM2_OPTIONS_YES, 0, "trace" },
	{ "--v8", PM2_OPTIONS_YES, 0, "v8" },
	{ "--event-loop-inspector", PM2_OPTIONS_YES, 0,
	    "event_loop_inspector" },
	{ "--deep-monitoring", PM2_OPTIONS_YES, 0, "deep_monitoring" },
	{ "--no-autostart", PM2_OPTIONS_NO, 0, "autostart" },
	{ "--no-treekill", PM2_OPTIONS_NO, 0, "treekill" },

	{ "--raw", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--auto-exit", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--color", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--no-color", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--no-colors", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--no-daemon", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--no-vizion", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--no-pmx", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--no-automation", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--merge-logs", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--disable-logs", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--disable-source-map-support", PM2_OPTIONS_TAKEN, 0, NULL },
	{ "--update-env", PM2_OPTIONS_TAKEN, 0, NULL },
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
