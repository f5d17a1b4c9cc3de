#ifndef LOGS_SCRIBE_H
#define LOGS_SCRIBE_H

/*
 * The life of role scribe: pass the services' output on and keep its last
 * words; returns its exit status.  core/role.h has the rules of a role.
 */
int scribe_main(void);

#endif
