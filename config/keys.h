#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one table of what cradle.json may hold.  Validation, defaults, the JSON
 * Schema and the page cradle.json(5) are made from it, so they cannot differ.
 */

enum key_type {
	KEY_OBJECT,     /* its members are further keys; see `shorthand` */
	KEY_OBJECTS,    /* a list of such objects */
	KEY_NAMED,      /* an object of such objects, by free names */
	KEY_STRING,     /* min to max bytes; char * */
	KEY_REF,        /* a string that may be a secret reference */
	KEY_WEB,        /* https://, or http:// of loopback */
	KEY_WEB_REF,    /* such a URL, or a secret reference */
	KEY_LISTEN,     /* a listening address */
	KEY_URL,        /* http:// of a loopback port */
	KEY_TCP,        /* host:port of loopback */
	KEY_BOOL,       /* bool */
	KEY_DURATION,   /* min to max ms; "auto" where a choice: -1; int64_t */
	KEY_INTEGER,    /* min to max; int */
	KEY_COUNT,      /* the same, or one of `choices`: -1 */
	KEY_CHOICE,     /* one of `choices`; int */
	KEY_EITHER,     /* one of two `choices`; bool, true for the second */
	KEY_SIGNAL,     /* int */
	KEY_COMMAND,    /* program and arguments; two char ** */
	KEY_AFTER,      /* other services' names; uint64_t, a bit set */
	KEY_ADDRESSES,  /* of listening sockets; char ** and a count */
	KEY_SIGNALS,    /* signal: action; struct plan_signal_rule[] */
	KEY_CODES,      /* exit codes; unsigned char[32], a bit set */
	KEY_MAP,        /* variables; struct plan_variables */
	KEY_SECRET,     /* a credential, or an object with the key "file" */
	KEY_PROBE,      /* words, objects or a list; struct plan_probe */
	KEY_CRON,       /* struct plan_cron */
	KEY_SHARE,      /* a size, or a percentage; struct plan_memory */
	KEY_HEAP,       /* a size from min to max MB, or "auto"; int64_t */
	KEY_USER,       /* a user or group, by name or number; char * */
	KEY_UMASK,      /* octal digits; int */
	KEY_CONTROL,    /* a path, "@name" or "off"; char * */
	KEY_LIMIT,      /* struct plan_limit: a count, */
	KEY_LIMIT_SIZE, /* ... bytes, */
	KEY_LIMIT_TIME, /* ... or seconds */
	KEY_LATER,      /* a key of a later version: refused, not documented */
	KEY_TYPES,
};

/* Which structure of config/plan.h an offset counts in. */
enum key_home {
	KEY_IN_PLAN,
	KEY_IN_ASSETS,
	KEY_IN_TASK,
	KEY_IN_SERVICE,
	KEY_HOMES,
};

#define KEY_UNKEPT SIZE_MAX /* offset: checked, and then forgotten */

struct key {
	const char *path; /* "assets[].root", "services.*.stop.grace" */
	enum key_type type;
	enum key_home home;
	size_t offset;
	int64_t min;
	int64_t max;
	const char *choices;   /* "a|b", in the order of the enum */
	const char *later;     /* choices of a later version */
	const char *fallback;  /* the default as text; NULL: none */
	bool required;         /* within its object */
	const char *shorthand; /* KEY_OBJECT: the member that any other value
				  than an object is for; NULL: none */
	const char *doc;       /* a sentence or two */
	const char *example;   /* JSON */
};

/* The whole file; its members are the keys without a dot. */
extern const struct key keys_top;

size_t keys_count(void);
const struct key *keys_at(size_t i);

/* By its whole path; NULL when there is none. */
const struct key *keys_find(const char *path);

/*
 * The member of that name, NULL when unknown.  The members of KEY_OBJECTS and
 * KEY_NAMED are those of each of their objects.
 */
const struct key *keys_member(const struct key *parent, const char *name);

/* The last part of its path. */
const char *keys_name(const struct key *key);

/* The members of parent, one after the other: start with NULL; NULL ends. */
const struct key *keys_next(const struct key *parent, const struct key *last);

/* The index of word within "a|b|c", or -1. */
int keys_choice(const char *choices, const char *word);

/* The other way, for the key of that path: "always". */
#define KEYS_CHOICE_MAX 32
void keys_choice_name(const char *path, int i, char ret[KEYS_CHOICE_MAX]);

#endif
