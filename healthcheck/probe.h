#ifndef HEALTHCHECK_PROBE_H
#define HEALTHCHECK_PROBE_H

#include "core/wire.h"
#include "healthcheck/watch.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Probes of the services: PID 1 says which, how often and for how long.
 *
 * IDLE        until the next attempt is due.
 * CONNECTING  to one of the target's addresses.
 * SENDING     the request (http only).
 * READING     the status line; informational answers (1xx) are passed over.
 * DRAINING    the outcome is known; the rest of the answer is read so that the
 *             service does not see its connection reset.
 * DONE        a once-probe that has passed, or a target that cannot be probed.
 *
 * http passes with 200 to 399 (a redirect is an answer, and is not followed),
 * tcp when the connection stands.  Only loopback targets are probed.  While a
 * service boots (a once-probe), a refused connection is tried again after
 * PROBE_EAGER_MS, for the first PROBE_EAGER_FOR_MS.
 */

#define PROBE_EAGER_MS 20
#define PROBE_EAGER_FOR_MS 2000

/* HEALTH_PROBE: begin, in place of what had the same number. */
void probe_start(const struct wire_msg *msg, int64_t now);

/* HEALTH_UNPROBE: end; harmless when there is none. */
void probe_stop(const struct wire_msg *msg);

/* Say what to poll for, and until when. */
void probe_watch(struct watch *w);
int64_t probe_deadline(void);

/* Whether outcomes wait until PID 1's channel takes them; then tell them. */
bool probe_has_news(void);
void probe_tell(void);

/* Go on with what poll said. */
void probe_turn(const struct watch *w, int64_t now);

#endif
