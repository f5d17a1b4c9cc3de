#ifndef ENVSUBST_IMPORT_META_ENV_H
#define ENVSUBST_IMPORT_META_ENV_H

/*
 * The program import-meta-env, version 0.7.4: its command line, files, texts
 * and exit codes, and what it writes, wherever that loads to the value.
 */
int import_meta_env_main(int argc, char *argv[]);

#endif
