#ifndef TESTS_SYSTEM_MUTED_H
#define TESTS_SYSTEM_MUTED_H

#include "ns.h"

/*
 * A service whose next life does not come to its bind as long as the test wants
 * that, so that whoever connects waits in the queue.
 */

/* The file that says so, for the --mute of tests/apps/serves; and it is made.
 */
char *muted_path(void);
char *muted_file(void);

/* `serves` on that address; keys and top as in struct scene.  It listens. */
struct ns *muted_start(const char *at, const char *keys, const char *top);

/* Its main process is killed; its next life is there, and mute. */
void muted_die(struct ns *ns, const char *app);

/* It goes on. */
void muted_speak(void);

#endif
