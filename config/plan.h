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

#define PLAN_SERVICES_MAX 64 /* instances counted in */
#define PLAN_TASKS_MAX 32
#define PLAN_ASSETS_MAX 16
#define PLAN_VARIABLES_MAX 512
#define PLAN_LISTEN_MAX 16 /* addresses of one service */

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

/* In the order of the choices of their keys. */
enum plan_assets_mode {
	PLAN_ASSETS_META,
	PLAN_ASSETS_EXPAND,
	PLAN_ASSETS_TOKEN,
	PLAN_ASSETS_FILE,
	PLAN_ASSETS_MODES,
};

struct plan_assets {
	const char *root;
	int mode;            /* enum plan_assets_mode */
	const char *example; /* names the public variables, or "" */
	char **variables;    /* so does this, as names and NAME_*; or NULL */
	char **variables_shown;
	const char *names; /* the variables, a line each, or "" */
	int quoting;       /* of the choices; 0: told from the place */
	int unset;         /* of the choices */
	bool strict;
	char **patterns; /* or NULL */
	char **patterns_shown;
	const char *marks;   /* the patterns, a line each, or "" */
	char **allow_secret; /* or NULL */
	char **allow_secret_shown;
	const char *allowed; /* these, a line each, or "" */
	const char *path;    /* the file that is made, from the root */
	const char *global;
	bool hash;
	int siblings; /* of the choices, as maps */
	bool digests;
	int maps;
	const char *csp;    /* "": no hashes are written */
	const char *output; /* "": in place */
	const char *store;  /* "": beside the root, hidden */
};

/* One of setrlimit(2)'s; values as rlim_t has them. */
struct plan_limit {
	bool set;
	uint64_t soft;
	uint64_t hard;
};

/* In the order of the names: config/units.h. */
enum plan_limit_kind {
	PLAN_LIMIT_CORE,
	PLAN_LIMIT_CPU,
	PLAN_LIMIT_DATA,
	PLAN_LIMIT_FSIZE,
	PLAN_LIMIT_MEMLOCK,
	PLAN_LIMIT_NOFILE,
	PLAN_LIMIT_NPROC,
	PLAN_LIMIT_STACK,
	PLAN_LIMITS,
};

/* Who a service or task is, and within what bounds. */
struct plan_identity {
	const char *user;  /* a name of /etc/passwd or a number; "": cradle's */
	const char *group; /* likewise; "": the user's own groups */
	int umask;         /* -1: as inherited */
	struct plan_limit limit[PLAN_LIMITS];
};

struct plan_task {
	const char *name;
	char **command;       /* NULL-terminated */
	char **command_shown; /* as written, no ${NAME} filled in: for people */
	struct plan_variables env;
	const char *cwd;    /* "": the caller's */
	int64_t timeout_ms; /* of each try; NEVER: none */
	int retries;        /* 0: one try and no other */
	int64_t retry_ms;   /* 1 s; before the second try, then doubling */
	struct plan_identity identity;
};

enum plan_restart {
	PLAN_RESTART_ON_FAILURE,
	PLAN_RESTART_ALWAYS,
	PLAN_RESTART_NEVER,
	PLAN_RESTARTS,
};

/* How a service tells that it is ready; several must all have done so. */
enum plan_ready {
	PLAN_READY_ALIVE = 1 << 0,  /* has lived for 1 s */
	PLAN_READY_HTTP = 1 << 1,   /* a URL on loopback: 200 to 399 */
	PLAN_READY_TCP = 1 << 2,    /* host:port on loopback */
	PLAN_READY_EXEC = 1 << 3,   /* a command ends with 0 */
	PLAN_READY_NOTIFY = 1 << 4, /* READY=1 at NOTIFY_SOCKET */
	PLAN_READY_FD = 1 << 5,     /* a newline on a descriptor */
	PLAN_READY_IPC = 1 << 6,    /* Node's process.send("ready") */
	PLAN_READY_LISTEN = 1 << 7, /* it listens on TCP */
};

/* What is asked from outside, over and over. */
struct plan_probe {
	unsigned kinds;     /* of enum plan_ready */
	const char *http;   /* a URL of loopback */
	const char *tcp;    /* host:port of loopback */
	char **exec;        /* NULL-terminated; the service's env and cwd */
	char **exec_shown;  /* as written */
	int fd;             /* of PLAN_READY_FD: 3 to 255 */
	int64_t every_ms;   /* ready: 250 ms; alive: 10 s */
	int64_t timeout_ms; /* 1 s; of one question */
};

/* Watched once ready; `failures` in a row and the service is replaced. */
struct plan_alive {
	struct plan_probe probe; /* kinds 0: not watched; NOTIFY: WATCHDOG=1 */
	int failures;            /* 3 */
	bool report; /* stopped with SIGABRT: Node writes its report */
};

enum plan_memory_action { PLAN_MEMORY_RELOAD, PLAN_MEMORY_RESTART };

struct plan_memory {
	int64_t max_bytes; /* 0: not this way */
	int max_percent;   /* of the cgroup's limit; 0: not this way */
	enum plan_memory_action action;
};

/* When something is due: bit sets, as config/cron.h reads and uses them. */
struct plan_cron {
	bool set;
	uint64_t seconds; /* bit 0 to 59; as all of these */
	uint64_t minutes;
	uint32_t hours;
	uint32_t days;     /* of the month, bit 1 to 31 */
	uint32_t months;   /* bit 1 to 12 */
	uint32_t weekdays; /* bit 0, Sunday, to 6 */
	bool any_day;      /* "*" for the day of the month, */
	bool any_weekday;  /* or of the week: the other alone decides */
};

#define PLAN_HEAP_NONE 0
#define PLAN_HEAP_AUTO (-1)

#define PLAN_INSTANCES_CPU (-1) /* until finish.c has counted them */

/*
 * One process to supervise.  A service with several instances is there once for
 * each, side by side, equal but for their number and what it is said in.
 */
struct plan_service {
	const char *name;  /* "main" for the command line's */
	const char *shown; /* for people: the name, or "api:0" of several */
	int instance;      /* 0 for the first one */
	int instances;     /* how many there are of this name */
	size_t first;      /* instance 0 is services[first] */
	bool numbered;     /* its number is in its environment */
	bool essential;    /* true */
	const char *instance_var;  /* "": NODE_APP_INSTANCE */
	const char *increment_var; /* raised by the number; "": none */
	char **command;            /* NULL-terminated */
	char **command_shown; /* as written, no ${NAME} filled in: for people */
	struct plan_variables env;
	const char *cwd; /* "": the caller's */
	uint64_t after;  /* bit i: services[i], which stands before it */
	struct plan_identity identity;

	struct plan_probe ready;  /* kinds: at least one */
	int64_t start_timeout_ms; /* to be ready; NEVER: no limit */
	struct plan_alive alive;
	struct plan_memory memory;
	bool handover; /* true: its listening sockets are kept */
	bool standby;  /* a spare waits at its listen() */
	bool direct;   /* npm and its like are taken apart: config/direct.h */
	int direct_saved_ms;     /* about, by leaving it out */
	const char *direct_note; /* the launcher left out: "npm start"; or "" */
	int64_t standby_calm_ms; /* ready for so long: a spare is made */
	int64_t standby_max_age_ms; /* NEVER: it is never made anew */
	char **listen;              /* sockets that cradle opens, as written */
	size_t listen_count;
	int64_t heap_mb;       /* --max-old-space-size, or PLAN_HEAP_* */
	const char *heap_note; /* where heap_mb is from; "": none is set */

	enum plan_restart restart;
	unsigned char clean_codes[32]; /* bit set of exit codes; {0} */
	int64_t delay_first_ms;        /* 100 ms, after the immediate one */
	int64_t delay_max_ms;          /* 30 s */
	int64_t stable_ms;             /* 10 s: so long a life starts anew */
	int64_t window_ms;             /* in 2 min ... */
	int window_count;              /* ... 10 failures are a crash loop */
	bool give_up_keep;             /* false: exit with the app's code */
	struct plan_cron cron;         /* restarted at these times */

	int64_t stop_delay_ms; /* 0: from not ready to the signal */
	char **before_stop;    /* a command before the signal, or NULL */
	char **before_stop_shown;
	bool stop_message; /* Node IPC "shutdown" in the signal's place */
	bool ipc;          /* Node's channel, whatever else needs it */
	int stop_signal;   /* 0: the one that cradle got */
	int64_t grace_ms;
};

/* What becomes of a signal that cradle gets. */
enum plan_signal {
	PLAN_SIGNAL_DEFAULT, /* TERM, INT, QUIT stop; others are forwarded */
	PLAN_SIGNAL_FORWARD,
	PLAN_SIGNAL_DROP,
	PLAN_SIGNAL_RESTART,
	PLAN_SIGNAL_RELOAD,
	PLAN_SIGNAL_SEND, /* `number` in its place */
};

struct plan_signal_rule {
	enum plan_signal what;
	int number; /* of PLAN_SIGNAL_SEND; 15 is then sent, not a stop */
};

#define PLAN_SIGNALS 65 /* indexed by number */

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
	size_t size;        /* of the arena in use, from here on */
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
	int64_t hold_ms; /* 30 s; kept sockets of a service that is away */
	struct plan_health health;
	struct plan_logs logs;
	struct plan_events events;
	struct plan_signal_rule signal[PLAN_SIGNALS];

	/* its socket: a path, "@name" or "off"; "": the usual search */
	const char *control;
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

/* A configuration that lies in memory; the title stands for its path. */
struct plan_text {
	const char *title;
	const char *data;
	size_t size;
};

/* plan_load of that text; no file is looked for, CRADLE_CONFIG is not read. */
int plan_load_text(const struct plan_text *text, char *const environ_in[],
    struct plan **ret, struct plan_error *ret_error);

/* Behind all instances of services[i]: for those who look at services alone. */
size_t plan_next_service(const struct plan *plan, size_t i);

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
