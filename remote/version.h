#ifndef REMOTE_VERSION_H
#define REMOTE_VERSION_H

/*
 * The subcommand `cradle version`: version, build, libraries, and what this
 * kernel lets us do.  It lives here because this is where libcurl may be asked
 * for its version.  Exit status.
 */
int version_cli_main(int argc, char *argv[]);

#endif
