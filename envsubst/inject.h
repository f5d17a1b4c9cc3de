#ifndef ENVSUBST_INJECT_H
#define ENVSUBST_INJECT_H

/*
 * The life of role inject: substitute public variables into built assets, then
 * end; returns its exit status.  core/role.h has the rules of a role.
 */
int inject_main(void);

#endif
