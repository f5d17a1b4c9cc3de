#ifndef SECRETS_FETCH_H
#define SECRETS_FETCH_H

/*
 * The life of role fetch: resolve secret references, one attempt, then end;
 * returns its exit status.  core/role.h has the rules of a role.
 */
int fetch_main(void);

#endif
