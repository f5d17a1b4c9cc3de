#ifndef SUPERVISOR_PATHS_H
#define SUPERVISOR_PATHS_H

#include "supervisor/watch.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a service's tree does to the path of a UNIX socket that is held.  Most
 * programs remove the path before they bind it, since it is in their way
 * without cradle, and once more when they end; some connect to it first, to see
 * whether another one of them is there.  The socket that waits under that path
 * would be lost by the former, and the latter would not start.
 *
 * unlink   of the path of a held socket by a life that is not the only one that
 *          lives on it, or that another one follows, is done as far as it can
 *          tell: the path stays.  A folder that it removes with it is emptied.
 * connect  to a held socket by a life that does not live on it is refused.
 *
 * A path is looked at only when it ends as that of a held socket does: any
 * other one may lie in a file system that has stopped answering, and whoever
 * looks there waits with it.
 *
 * Only lives that begin while such a socket is held, or whose command names a
 * path to bind, are asked for that: nobody else pays for it.
 */

struct held;
struct service;

enum ask_answer paths_unlink(const struct ask *ask, int number);
enum ask_answer paths_connect(const struct ask *ask);

/* What its path leads to belongs to it from now on; and whether it does still.
   Without a path: nothing, and false. */
void paths_note(const struct ask *ask, struct held *held);
bool paths_lead_to(const struct ask *ask, const struct held *held);

/* Close what nobody lives on and no path leads to: it was renamed. */
void paths_tidy(const struct ask *ask);

/* What a life of it that begins now is to be asked: enum filter_more. */
unsigned paths_wanted(const struct service *s);

/* Its life would take a path away from the one that follows it. */
bool paths_would_go(const struct service *s);

#endif
