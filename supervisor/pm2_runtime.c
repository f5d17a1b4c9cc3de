#include "supervisor/pm2_runtime.h"

#include "config/pm2.h"
#include "core/log.h"
#include "supervisor/init.h"

#include <unistd.h>

#include "supervisor/pid1.h"

int
pm2_runtime_main(int argc, char *argv[])
{
	struct plan *plan;
	(void)argc;
	int code = pm2_load(argv, environ, &plan);
	if (code != -1)
		return code;
	log_setup((enum log_level)plan->log_level,
	    (enum log_format)plan->log_format, NULL);
	return init_main(plan, environ);
}
