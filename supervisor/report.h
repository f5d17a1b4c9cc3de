#ifndef SUPERVISOR_REPORT_H
#define SUPERVISOR_REPORT_H

#include "core/event.h"
#include "supervisor/service.h"

#include <stddef.h>

/*
 * What is told of a service: as an event, when a sink is configured, and as the
 * phrase of a log line.
 */

/* Its death, with `window` failures so far; a crash asks for its last words. */
void report_death(struct service *s, enum event_kind kind, int window);

/* It crashed, and has been stable since. */
void report_recovery(struct service *s);

/* It was reloaded, or could not be: why, a phrase. */
void report_reload(struct service *s, enum event_kind kind, const char *why);

/* "died of SIGSEGV", "exited with code 1". */
void report_describe(const struct death *d, char *text, size_t size);

#endif
