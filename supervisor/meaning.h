#ifndef SUPERVISOR_MEANING_H
#define SUPERVISOR_MEANING_H

#include "config/plan.h"

struct init;

/*
 * What a signal that cradle got means now.  In a stop TERM and INT mean what
 * they always mean, so that it can be cut short; nothing is restarted any more,
 * and what was never to reach the service does not reach it then.
 */
enum plan_signal meaning_of(const struct init *init, int sig);

/*
 * Pass it on to the groups of all instances of the main service; before there
 * is one, to that of the task.
 */
void meaning_forward(const struct init *init, int sig);

#endif
