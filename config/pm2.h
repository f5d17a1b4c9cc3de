#ifndef CONFIG_PM2_H
#define CONFIG_PM2_H

#include "config/plan.h"

/*
 * pm2-runtime up to the point where something is started: the command line,
 * the ecosystem file, and the plan that they amount to, by way of a cradle.json
 * that is never written.  What is wrong is logged.
 *
 * -1 with *ret, or the exit code to leave with: 0 when help, the version or the
 * configuration was asked for.
 */
int pm2_load(char *const argv[], char *const environ_in[], struct plan **ret);

#endif
