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
	{ "--name", PM2_OPTIONS_KEY, "name", 'n' },
	{ "--instances", PM2_OPTIONS_KEY, "instances", 'i' },
	{ "--cron", PM2_OPTIONS_KEY, "cron_restart", 'c' },
	{ "--cron-restart", PM2_OPTIONS_KEY, "cron_restart", 0 },
	{ "--cwd", PM2_OPTIONS_KEY, "cwd", 0 },
	{ "--namespace", PM2_OPTIONS_KEY, "namespace", 0 },
	{ "--interpreter", PM2_OPTIONS_KEY, "interpreter", 0 },
	{ "--node-args", PM2_OPTIONS_KEY, "node_args", 0 },
	{ "--interpreter-args", PM2_OPTIONS_KEY, "node_args", 0 },
	{ "--uid", PM2_OPTIONS_KEY, "uid", 'u' },
	{ "--user", PM2_OPTIONS_KEY, "uid", 0 },
	{ "--gid", PM2_OPTIONS_KEY, "gid", 0 },
	{ "--port", PM2_OPTIONS_KEY, "port", 0 },
	{ "--listen-timeout", PM2_OPTIONS_KEY, "listen_timeout", 0 },
	{ "--kill-timeout", PM2_OPTIONS_KEY, "kill_timeout", 'k' },
	{ "--max-memory-restart", PM2_OPTIONS_KEY, "max_memory_restart", 0 },
	{ "--max-restarts", PM2_OPTIONS_KEY, "max_restarts", 0 },
	{ "--min-uptime", PM2_OPTIONS_KEY, "min_uptime", 0 },
	{ "--restart-delay", PM2_OPTIONS_KEY, "restart_delay", 0 },
	{ "--exp-backoff-restart-delay", PM2_OPTIONS_KEY,
	    "exp_backoff_restart_delay", 0 },
	{ "--wait-ready", PM2_OPTIONS_YES, "wait_ready", 0 },
	{ "--shutdown-with-message", PM2_OPTIONS_YES, "shutdown_with_message",
	    0 },
	{ "--source-map-support", PM2_OPTIONS_YES, "source_map_support", 0 },
	{ "--no-autorestart", PM2_OPTIONS_NO, "autorestart", 0 },
	{ "--stop-exit-codes", PM2_OPTIONS_CODES, "stop_exit_codes", 0 },
	/* the table of keys has the reason why not */
	{ "--output", PM2_OPTIONS_KEY, "out_file", 'o' },
	{ "--error", PM2_OPTIONS_KEY, "error_file", 'e' },
	{ "--log", PM2_OPTIONS_KEY, "log_file", 'l' },
	{ "--log-type", PM2_OPTIONS_KEY, "log_type", 0 },
	{ "--log-date-format", PM2_OPTIONS_KEY, "log_date_format", 0 },
	{ "--pid", PM2_OPTIONS_KEY, "pid_file", 'p' },
	{ "--filter-env", PM2_OPTIONS_KEY, "filter_env", 0 },
	{ "--time", PM2_OPTIONS_YES, "time", 0 },
	{ "--watch", PM2_OPTIONS_YES, "watch", 0 },
	{ "--trace", PM2_OPTIONS_YES, "trace", 0 },
	{ "--v8", PM2_OPTIONS_YES, "v8", 0 },
	{ "--event-loop-inspector", PM2_OPTIONS_YES, "event_loop_inspector",
	    0 },
	{ "--deep-monitoring", PM2_OPTIONS_YES, "deep_monitoring", 0 },
	{ "--no-autostart", PM2_OPTIONS_NO, "autostart", 0 },
	{ "--no-treekill", PM2_OPTIONS_NO, "treekill", 0 },

	{ "--raw", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--auto-exit", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--color", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--no-color", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--no-colors", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--no-daemon", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--no-vizion", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--no-pmx", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--no-automation", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--merge-logs", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--disable-logs", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--disable-source-map-support", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--update-env", PM2_OPTIONS_TAKEN, NULL, 0 },
	{ "--force", PM2_OPTIONS_TAKEN, NULL, 'f' },
	{ "--ignore-watch", PM2_OPTIONS_TAKEN_ARG, NULL, 0 },
	{ "--watch-delay", PM2_OPTIONS_TAKEN_ARG, NULL, 0 },

	{ "--json", PM2_OPTIONS_FORMAT, "json", 0 },
	{ "--formatted", PM2_OPTIONS_FORMAT, "text", 0 },
	{ "--format", PM2_OPTIONS_REFUSED,
	    "lines are passed on as the app writes them (leave it out)", 0 },
	{ "--web", PM2_OPTIONS_REFUSED,
	    "PM2's API shows every variable to everybody (leave it out, and "
	    "set CRADLE_HEALTH_LISTEN=:9400 for /status and /metrics)",
	    0 },
	{ "--secret", PM2_OPTIONS_REFUSED, NO_PLUS, 0 },
	{ "--public", PM2_OPTIONS_REFUSED, NO_PLUS, 0 },
	{ "--machine-name", PM2_OPTIONS_REFUSED, NO_PLUS, 0 },
	{ "--no-auto-exit", PM2_OPTIONS_REFUSED,
	    "a container whose app has ended for good is over (leave it out; "
	    "max_restarts over 1000 never gives up)",
	    0 },

	{ "--env", PM2_OPTIONS_OWN, NULL, 0 },
	{ "--only", PM2_OPTIONS_OWN, NULL, 0 },
	{ "--delay", PM2_OPTIONS_OWN, NULL, 0 },
	{ "--print-config", PM2_OPTIONS_OWN, NULL, 0 },
	{ "--help", PM2_OPTIONS_OWN, NULL, 'h' },
	{ "--version", PM2_OPTIONS_OWN, NULL, 'V' },
	{ "--version", PM2_OPTIONS_OWN, NULL, 'v' },
};

const struct pm2_option *
pm2_options_next(const struct pm2_option *last)
{
	size_t i = last == NULL ? 0 : (size_t)(last - options) + 1;
	return i < ARRAY_LEN(options) ? &options[i] : NULL;
}
