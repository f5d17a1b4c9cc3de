#ifndef SUPERVISOR_SETUP_H
#define SUPERVISOR_SETUP_H

struct init;

/*
 * Everything that PID 1 needs before it begins to boot: its own executable, the
 * health socket, the services' environment, the services, events and helpers.
 * EXITS_OK, or the exit code after a line that says what is missing.
 */
int setup_all(struct init *init, char **environment);

/* After a rebirth: the helpers that were, to be let go and started again. */
void setup_adopted_helpers(struct init *init);

#endif
