#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/arena.h"
#include "config/keys.h"

#include <stddef.h>

#define VALUE_WHY_MAX 400

/*
 * What a DURATION or a COUNT is that was given by a choice, such as "auto",
 * until plan_load knows better.
 */
#define VALUE_AUTO (-1)

/*
 * Read text as a value of this key and keep it in the structure at base, which
 * is the one that key->home says.  text must live as long as the plan.  For the
 * types that are written as one string.  0, or -1 with *why a phrase that
 * begins with a verb ("must be ...") and holds no value of a variable.
 */
int value_set(const struct key *key, void *base, const char *text,
    char why[VALUE_WHY_MAX]);

/* Whether value_set takes keys of this type; whether it keeps the text. */
bool value_is_text(const struct key *key);
bool value_is_string(const struct key *key);

/*
 * The same for a credential that lies in a file, NAME_FILE=PATH: kept as a path
 * (KEY_SECRET) or as a reference to it, made in the arena.
 */
int value_set_file(const struct key *key, void *base, const char *path,
    struct arena *arena, char why[VALUE_WHY_MAX]);

/* Whether a value of the configuration that may be a reference is in order. */
int value_check_ref(const char *text, char why[VALUE_WHY_MAX]);

#endif
