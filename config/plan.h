#ifndef CONFIG_PLAN_H
#define CONFIG_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What cradle is asked to do, fixed after boot: the configuration file, the
 * CRADLE_* variables and the command line made into one plan.  Every string
 * lies in the plan's arena and lives as long as the plan; absent text is "",
 * absent credentials too.  PID 1 reads it, nobody changes it after plan_load.
 */

#define PLAN_SERVICES_MAX 64
#define PLAN_TASKS_MAX 32
#define PLAN_ASSETS_MAX 16
#define PLAN_VARIABLES_MAX 512

struct plan_variable {
	const char *name;
	const char *value; /* may be a secret reference: ref_is_reference */
};

struct plan_variables {
	struct plan_variable *item;
	size_t count;
};

struct plan_scw {
	const char *api_url; /* "": the public one */
	const char *region;
	const char *project_id;
	const char *secret_key;      /* the credential itself, or "" */
	const char *secret_key_file; /* a file that holds it, or "" */
};

struct plan_secrets {
	int64_t deadline_ms; /* 30 s */
	struct plan_scw scw;
	struct plan_variables env; /* "secrets.env": for every service */
};

struct plan_assets {
	const char *root;
	const char *example; /* names the public variables */
	const char *output;  /* "": in place */
	const char *store;   /* "": beside the root, hidden */
};

struct plan_task {
	const char *name;
	char **command;       /* NULL-terminated */
	char **command_shown; /* as written, no ${NAME} filled in: for people */
	struct plan_variables env;
	const char *cwd;    /* "": the caller's */
	int64_t timeout_ms; /* NEVER: none */
};

enum plan_restart {
	PLAN_RESTART_ON_FAILURE,
	PLAN_RESTART_ALWAYS,
	PLAN_RESTART_NEVER,
	PLAN_RESTARTS,
};

enum plan_ready {
	PLAN_READY_ALIVE, /* has lived for 1 s */
	PLAN_READY_HTTP,  /* target: a URL on loopback, 200 to 399 */
	PLAN_READY_TCP,   /* target: host:port on loopback */
	PLAN_READIES,
};

struct plan_service {
	const char *name;     /* "main" for the command line's */
	char **command;       /* NULL-terminated */
	char **command_shown; /* as written, no ${NAME} filled in: for people */
	struct plan_variables env;
	const char *cwd; /* "": the caller's */
	bool essential;  /* true */

	enum plan_ready ready;
	const char *ready_target;
	int64_t ready_every_ms;   /* 250 ms */
	int64_t ready_timeout_ms; /* 1 s */

	enum plan_restart restart;
	unsigned char clean_codes[32]; /* bit set of exit codes; {0} */
	int64_t delay_first_ms;        /* 100 ms, after the immediate one */
	int64_t delay_max_ms;          /* 30 s */
	int window_count;              /* 10 failures ... */
	int64_t window_ms;             /* ... in 2 min are a crash loop */
	bool give_up_keep;             /* false: exit with the app's code */

	int stop_signal; /* 0: the one that cradle got */
	int64_t grace_ms;
};

struct plan_health {
	const char *listen; /* listen_parse takes it; "": off */
};

struct plan_logs {
	bool redact; /* true: mask values in what cradle keeps and ships */
};

struct plan_events {
	const char *slack_webhook; /* may be a reference */
	const char *loki_url;
	const char *loki_token; /* may be a reference */
};

struct plan {
	const char *source; /* the file's path; "" without one */
	const char *app;
	const char *environment;
	const char *version;

	struct plan_secrets secrets;
	struct plan_assets *assets;
	size_t assets_count;
	struct plan_task *tasks;
	size_t tasks_count;
	struct plan_service *services; /* in start order; at least one */
	size_t services_count;
	struct plan_health health;
	struct plan_logs logs;
	struct plan_events events;

	const char *ca_file;
	int log_level;            /* core/log.h */
	int log_format;           /* core/log.h: of cradle's own lines */
	const char *grace_source; /* why grace_ms is what it is: boot line */
};

/* Where and why a configuration was refused; the text is one line. */
struct plan_error {
	int code; /* EXITS_CONFIG or EXITS_USAGE */
	char text[1024];
};

/*
 * Build the plan.  file: "-c FILE" or NULL for the search ($CRADLE_CONFIG,
 * ./cradle.json, /etc/cradle.json, none).  command: the words of the command
 * line's service, NULL-terminated, or NULL.  environ_in: the environment, read
 * only; nothing of it is pointed to afterwards, so it may be wiped.  The plan
 * and its arena are mapped memory without heap, kept until the process ends.
 *
 * A command is the one service of a file without services, under the name
 * "main"; or it is the command of the file's only service when that one has
 * none, and the service's other keys apply.
 *
 * The log is set up as CRADLE_LOG and CRADLE_LOG_FORMAT say; warnings (an
 * unknown CRADLE_* name) are logged.  0, or -1 with *ret_error filled: a whole
 * line without the "cradle: " in front, and without any variable's value.
 */
int plan_load(const char *file, char *const command[], char *const environ_in[],
    struct plan **ret, struct plan_error *ret_error);

/*
 * Whether a variable of this name is cradle's own (CRADLE_*, and what the
 * vendor's tools are given: SCW_SECRET_KEY and its like) and so never passed on
 * from the inherited environment; and whether its value is a credential, to be
 * wiped from PID 1's first environment block.  An unknown CRADLE_* name counts
 * as a credential: it may be a misspelt one.
 */
bool plan_variable_is_own(const char *name);
bool plan_variable_is_credential(const char *name);

#endif
