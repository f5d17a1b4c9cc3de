#ifndef SUPERVISOR_CLI_H
#define SUPERVISOR_CLI_H

/*
 * The subcommands that belong to PID 1 itself.  argv[0] is the subcommand's
 * name (or cradle's, for a bare command); each returns the exit status.
 */
int cli_run(int argc, char *argv[]);
int cli_help(int argc, char *argv[]);

#endif
