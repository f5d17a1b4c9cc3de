#ifndef CONTROL_LOGS_CLI_H
#define CONTROL_LOGS_CLI_H

struct options;

/* `cradle logs`, once the link is open: the exit code. */
int logs_cli_print(const struct options *o);

#endif
