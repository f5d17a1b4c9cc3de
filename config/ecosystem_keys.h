#ifndef CONFIG_ECOSYSTEM_KEYS_H
#define CONFIG_ECOSYSTEM_KEYS_H

#include "config/ecosystem_work.h"

/* Refuse what the app has and may not have: by key, type and value. */
void ecosystem_keys_check(struct ecosystem_work *w, const struct json *app);

/*
 * What stands for that key, under any of its names and in any of PM2's
 * spellings: the command line's, else the app's; NULL when there is none.
 */
const struct json *ecosystem_keys_get(
    const struct ecosystem_work *w, const char *key);

/* A string, or NULL when absent or empty. */
const char *ecosystem_keys_text(
    const struct ecosystem_work *w, const char *key);

/* Whether it is true; otherwise when absent. */
bool ecosystem_keys_bool(
    const struct ecosystem_work *w, const char *key, bool otherwise);

/*
 * A whole number from 0 on, or a string of one: true and *ret.  What is none is
 * refused; false then, and when absent.
 */
bool ecosystem_keys_number(
    struct ecosystem_work *w, const char *key, int64_t *ret);

#endif
