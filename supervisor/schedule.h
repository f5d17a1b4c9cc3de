#ifndef SUPERVISOR_SCHEDULE_H
#define SUPERVISOR_SCHEDULE_H

struct service;

/*
 * Restarts by the clock on the wall (restart.cron).  Deadlines are of the clock
 * that never jumps, so that the wall clock is asked again when one has come,
 * and at least each hour in between: it may have been set.
 */

/* A life begins, or the last time has passed: find the next. */
void schedule_arm(struct service *s);

/* Restart it when it is due; s->cron_at is the next deadline. */
void schedule_turn(struct service *s);

#endif
