#ifndef CONFIG_HEAP_H
#define CONFIG_HEAP_H

#include "config/arena.h"
#include "config/plan.h"

/*
 * "heap": --max-old-space-size for Node, by NODE_OPTIONS.  "auto" takes it from
 * the memory limit of the control group: three quarters of the share of
 * each process that runs or is a spare, and at least HEAP_REST_MB of it are
 * left for what is not V8's old space (code, stacks, buffers, the young
 * generation).
 */
#define HEAP_REST_MB 96
#define HEAP_LEAST_MB 32 /* with less Node does not come up: none is set */

/*
 * Fill heap_mb and NODE_OPTIONS of all services that ask for it; heap_note says
 * where the figure is from.  What NODE_OPTIONS or the command says already is
 * left alone.  root: quota_memory's, which is asked only when somebody has
 * "auto".
 */
void heap_plan_take(struct plan *plan, struct arena *arena,
    char *const environ_in[], const char *root);

/* For a share of so many MB; 0 when it is too small. */
int64_t heap_of_share(int64_t share_mb);

#endif
