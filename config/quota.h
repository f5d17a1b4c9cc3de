#ifndef CONFIG_QUOTA_H
#define CONFIG_QUOTA_H

#include <stdint.h>

/*
 * What of the machine the control group leaves us: the lowest limit of our own
 * group and of those above it, in either version of the hierarchy.  root stands
 * before /proc and /sys: "" outside tests.
 */

/* Bytes of memory; 0 when there is no limit, or none can be found out. */
int64_t quota_memory(const char *root);

/*
 * Processors, at least 1 and at most `most`, the number that we are allowed to
 * run on; a part of one counts as a whole.
 */
int quota_processors(const char *root, int most);

#endif
