#ifndef CONFIG_ECOSYSTEM_WORK_H
#define CONFIG_ECOSYSTEM_WORK_H

#include "config/ecosystem.h"

#include <stdint.h>

/*
 * What the parts of ecosystem.c share: the app that is being translated, what
 * is said of it, and the text that is made.
 */

struct ecosystem_work {
	const struct ecosystem_ask *ask;
	struct ecosystem_answer *answer;
	struct arena *arena;
	const struct json *top;
	const struct json *app;
	size_t count;        /* of the apps that run */
	size_t pm_id;        /* of its first process */
	int instances;       /* processes of the app; 0: it does not say */
	const char *title;   /* PM2's name of the app */
	const char *service; /* and cradle's */
	const char *cwd;     /* of the app, absolute */
	const char *script;  /* as it was found; or the shell */
	struct buf *out;
	unsigned depth;
	bool first; /* within the object or list that is open */
};

/* A text in the arena. */
char *ecosystem_work_text(struct ecosystem_work *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "cannot honour KEY of the app ...: why", once per key; and a warning. */
void ecosystem_work_refuse(struct ecosystem_work *w, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ecosystem_work_fail(struct ecosystem_work *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void ecosystem_work_warn(struct ecosystem_work *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A variable as the app will inherit it, or NULL. */
const char *ecosystem_work_variable(
    const struct ecosystem_work *w, const char *name);

/*
 * The text, one value a line.  name: NULL in a list.  Strings are written so
 * that "${" in them means nothing.
 */
void ecosystem_work_open(struct ecosystem_work *w, const char *name, char what);
void ecosystem_work_close(struct ecosystem_work *w, char what);
void ecosystem_work_string(
    struct ecosystem_work *w, const char *name, const char *text);
void ecosystem_work_plain(struct ecosystem_work *w, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
