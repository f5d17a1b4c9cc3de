#ifndef CONFIG_VARS_H
#define CONFIG_VARS_H

#include "config/plan.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The one table of the variables that cradle reads for itself: CRADLE_*, and
 * what Scaleway's own tools and platform set.  cradle.json(5) lists it.
 */

enum vars_kind {
	VARS_PLAIN,
	VARS_CREDENTIAL, /* wiped; NAME_FILE may name a file instead */
	VARS_VENDOR,     /* somebody else's name: weaker than the file */
	VARS_VENDOR_CREDENTIAL,
	VARS_PLATFORM, /* a vendor's fact, which services may see too */
	VARS_LATER,    /* of a later version */
};

struct var {
	const char *name;
	enum vars_kind kind;
	const char *key; /* of keys.c, for which it stands; NULL: none */
	const char *doc; /* NULL: stands for the key and no more */
};

#define VARS_MAX 48

size_t vars_count(void);
const struct var *vars_at(size_t i);

/* What the environment says, by the table's index; NULL for unset or empty. */
struct vars {
	const char *text[VARS_MAX];
	const char *file[VARS_MAX]; /* NAME_FILE of a credential */
};

/* 0, or -1 when a variable and its _FILE form are both set. */
int vars_read(
    char *const environ_in[], struct vars *ret, struct plan_error *ret_error);

/* One warning for each CRADLE_* name that nobody knows. */
void vars_warn(char *const environ_in[]);

/* plan_variable_is_own and plan_variable_is_credential of config/plan.h. */
bool vars_is_own(const char *name);
bool vars_is_credential(const char *name);

/* By the name, which must be the table's. */
const char *vars_text(const struct vars *vars, const char *name);

#endif
