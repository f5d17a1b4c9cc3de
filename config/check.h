#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

/*
 * The subcommand `cradle check [-c FILE] [--json] [--schema] [-- COMMAND]`:
 * validate, print what would run, in order; nothing is started.  argv[0] is
 * not looked at.  The exit status: 0, EXITS_USAGE or EXITS_CONFIG.
 */
int check_cli_main(int argc, char *argv[]);

#endif
