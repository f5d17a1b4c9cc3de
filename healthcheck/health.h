#ifndef HEALTHCHECK_HEALTH_H
#define HEALTHCHECK_HEALTH_H

/*
 * The life of role health: answer probes by asking PID 1, and probe the
 * services; returns its exit status.  core/role.h has the rules of a role.
 */
int health_main(void);

/*
 * The subcommand `cradle health`; argv[0] is "health" itself.  Its exit status:
 * 0, EXITS_PROBE for a no or for no answer, EXITS_USAGE.
 */
int health_cli_main(int argc, char *argv[]);

#endif
