#ifndef ENVSUBST_SUBST_H
#define ENVSUBST_SUBST_H

/*
 * The subcommand `cradle subst`, argv[0] being "subst": the inject role's work
 * for a command line.  Its exit code: 0, EXITS_USAGE, EXITS_CONFIG or
 * EXITS_OSERR.
 */
int subst_main(int argc, char *argv[]);

#endif
