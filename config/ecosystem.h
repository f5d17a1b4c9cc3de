#ifndef CONFIG_ECOSYSTEM_H
#define CONFIG_ECOSYSTEM_H

#include "config/arena.h"
#include "config/json.h"
#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * PM2's ecosystem file, made into the text of a cradle.json that does the same.
 * Nothing is started, and nothing of the file system is seen but through
 * `look`, so that tests decide what is there.
 *
 * Every key that PM2 knows has its line in ecosystem_keys.c: it is honoured, or
 * its value asks for nothing here, or it is refused with the reason.  A key
 * that PM2 does not know is refused too.
 */

enum ecosystem_found {
	ECOSYSTEM_ABSENT,
	ECOSYSTEM_TEXT,    /* for an interpreter; a folder too */
	ECOSYSTEM_PROGRAM, /* that the kernel can execute */
};

typedef enum ecosystem_found ecosystem_look(const char *path);

struct ecosystem_ask {
	const char *file;           /* for people */
	const struct json *top;     /* what the file holds */
	const struct json *options; /* PM2's keys, which win over the file's */
	bool one_only;              /* ... and make sense for one app alone */
	const char *env_name;       /* --env, or NULL */
	const char *only;           /* --only, or NULL */
	const char *log_format;     /* logs.format, or NULL */
	char *const *environ_in;    /* as the app will inherit it */
	const char *cwd;            /* the caller's, absolute */
	ecosystem_look *look;
	struct buf *out; /* for the text; ECOSYSTEM_TEXT_MAX is enough */
};

#define ECOSYSTEM_TEXT_MAX ((size_t)8 * 1024 * 1024)

/* Whole lines without "cradle: " in front. */
struct ecosystem_note {
	bool refused; /* else a warning */
	const char *text;
};

#define ECOSYSTEM_NOTES_MAX 32

struct ecosystem_answer {
	struct ecosystem_note note[ECOSYSTEM_NOTES_MAX];
	size_t notes;
	size_t untold; /* notes beyond the maximum */
};

/*
 * Translate into ask->out.  The notes lie in the arena.  All that is wrong is
 * told, not only the first: 0, perhaps with warnings, or -1 with at least one
 * note that is `refused`.  No note holds the value of a variable.
 */
int ecosystem_translate(const struct ecosystem_ask *ask, struct arena *arena,
    struct ecosystem_answer *ret);

/* The look at the real file system. */
enum ecosystem_found ecosystem_look_at(const char *path);

#endif
