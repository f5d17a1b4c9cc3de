#ifndef CONFIG_ECOSYSTEM_APP_H
#define CONFIG_ECOSYSTEM_APP_H

#include "config/ecosystem_work.h"

/* Write w->app as the service w->service. */
void ecosystem_app_write(struct ecosystem_work *w);

/* Whether PM2 would ever leave this app ended: it need not be essential. */
bool ecosystem_app_may_end(struct ecosystem_work *w);

#endif
