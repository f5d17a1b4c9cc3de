#ifndef CONFIG_IDENTITY_H
#define CONFIG_IDENTITY_H

#include "config/plan.h"

#include <stddef.h>

/*
 * The texts of struct plan_identity's fields.  What refuses returns a phrase
 * that begins with a verb and repeats nothing of the text.
 */

/* What a limit's numbers count; each may have a unit that fits. */
enum identity_unit { IDENTITY_COUNT, IDENTITY_BYTES, IDENTITY_SECONDS };

/* NULL when text is a name as /etc/passwd has them, or an id. */
const char *identity_name_refused(const char *text);

/* "22", "022": octal, up to 777.  0, or -1. */
int identity_umask(const char *text, int *ret);

/*
 * "1024", "1024:4096", "unlimited", "512MB", "10s": *ret is filled and set.
 * 0, or -1 with *ret_why a phrase.
 */
int identity_limit(const char *text, enum identity_unit unit,
    struct plan_limit *ret, const char **ret_why);

/* "nofile"; "1024:4096" as identity_limit takes it, for people. */
#define IDENTITY_TEXT_MAX 64
const char *identity_limit_name(enum plan_limit_kind kind);
int identity_limit_resource(enum plan_limit_kind kind); /* RLIMIT_NOFILE */
void identity_limit_text(
    const struct plan_limit *limit, char text[IDENTITY_TEXT_MAX]);

#endif
