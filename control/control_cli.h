#ifndef CONTROL_CONTROL_CLI_H
#define CONTROL_CONTROL_CLI_H

/*
 * `cradle status`, `restart`, `reload`, `stop`, `start` and `logs`: argv[0]
 * says which.  0; 1 when what was asked for did not come true; 64 usage; 69
 * when no cradle answers.
 */
int control_cli_main(int argc, char *argv[]);

#endif
