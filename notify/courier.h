#ifndef NOTIFY_COURIER_H
#define NOTIFY_COURIER_H

/*
 * The life of role courier: deliver events to Slack and Loki;
 * returns its exit status.  core/role.h has the rules of a role.
 */
int courier_main(void);

#endif
