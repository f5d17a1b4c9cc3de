#ifndef NOTIFY_LOKI_H
#define NOTIFY_LOKI_H

#include "notify/sink.h"

/*
 * Loki's push API in its JSON form, as Cockpit offers it: one push for each
 * event.  Its timestamp is the event's own and its text depends on the event
 * alone, so Loki itself drops a second delivery.
 */
extern const struct sink_type loki_sink;

#endif
