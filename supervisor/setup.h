#ifndef SUPERVISOR_SETUP_H
#define SUPERVISOR_SETUP_H

struct init;

/*
 * Everything that PID 1 needs before it begins to boot: the health
 * socket, the services' environment, the services, events and helpers.
 * EXITS_OK, or the exit code after a line that says what is missing.
 */
int setup_all(struct init *init, char **environment);

/*
 * Keep hold of our own executable, for the helpers and a rebirth.  The first
 * look into /proc is slow, and a service that can start has no use for it: this
 * comes behind it.
 */
void setup_self(struct init *init);

/* After a rebirth: the helpers that were, to be let go and started again. */
void setup_adopted_helpers(struct init *init);

#endif
