#ifndef SUPERVISOR_ENDING_H
#define SUPERVISOR_ENDING_H

#include <stdbool.h>
#include <sys/resource.h>

struct service;

/* Note how its process ended; ending_judge acts on it later. */
void ending_record(struct service *s, int status, const struct rusage *usage);

/* Whether that status is an exit with one of its clean codes. */
bool ending_is_clean(const struct service *s, int status);

/*
 * A life is over: count it, tell of it, let its group go, and say to the life
 * machine what follows (policy, back-off, crash loop, or what was asked for).
 */
void ending_judge(struct service *s);

/* What the last life left behind and its grace is over. */
void ending_kill_old_group(struct service *s);

/* The same of a spare, or of one that another has taken over from: no policy.
 */
void ending_of_spare(struct service *spare);

#endif
