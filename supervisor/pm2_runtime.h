#ifndef SUPERVISOR_PM2_RUNTIME_H
#define SUPERVISOR_PM2_RUNTIME_H

/* cradle as pm2-runtime; argv as that program gets it.  The exit status. */
int pm2_runtime_main(int argc, char *argv[]);

#endif
