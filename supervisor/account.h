#ifndef SUPERVISOR_ACCOUNT_H
#define SUPERVISOR_ACCOUNT_H

#include "config/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Who a child becomes: a struct plan_identity with its names looked up.  Only
 * /etc/passwd and /etc/group are read, by hand: no name service, no heap.
 *
 * user        its primary group and every group that lists it; a number that
 *             /etc/passwd does not know has the group of the same number.
 * user+group  that group alone.
 * group       that group alone, and our own user.
 */

#define ACCOUNT_GROUPS_MAX 64
#define ACCOUNT_ENV_MAX 3 /* HOME, USER, LOGNAME */

struct account {
	bool becomes; /* uid, gid and groups are to be taken */
	uid_t uid;
	gid_t gid;
	gid_t groups[ACCOUNT_GROUPS_MAX];
	size_t groups_count;
	int umask;                      /* -1: as inherited */
	const struct plan_limit *limit; /* PLAN_LIMITS of them */
	char *env[ACCOUNT_ENV_MAX + 1]; /* NULL-terminated */
	char text[ACCOUNT_ENV_MAX][192];
};

/*
 * Look it up.  named: whoever sets a variable itself, a NULL-terminated list;
 * of those HOME, USER and LOGNAME are not set in its place.  0, or -1 with why
 * filled: a phrase that names user or group, and says what to try.
 */
int account_resolve(struct account *a, const struct plan_identity *identity,
    const struct plan_variables *const named[], char why[256]);

/*
 * Become it, in this order, in a child that shares our memory until it execs;
 * nothing else is touched.  0, or -1 with errno.
 */
int account_limit(const struct account *a);
int account_group(const struct account *a);
int account_user(const struct account *a);

#endif
