#ifndef CONFIG_CHECK_DIRECT_H
#define CONFIG_CHECK_DIRECT_H

#include "config/check_print.h"
#include "config/plan.h"

/*
 * What `cradle check` says of "direct" for the service: what was left out, or
 * what would be.  Nothing where there is no launcher.
 */
void check_direct_print(const struct check_print *p, const struct plan *plan,
    size_t service, char *const environ_in[]);

#endif
