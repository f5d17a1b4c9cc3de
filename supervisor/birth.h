#ifndef SUPERVISOR_BIRTH_H
#define SUPERVISOR_BIRTH_H

struct service;

/*
 * Begin a life: spawn its process and begin to wait for its readiness.  One
 * that cannot be spawned is said and recorded as a death with 126, 127 or 71.
 */
void birth_begin(struct service *s);

/* It is on its way out: neither ready nor recovered will come of it. */
void birth_expect_nothing(struct service *s);

/* Begin to look whether it is ready. */
void birth_await(struct service *s);

#endif
