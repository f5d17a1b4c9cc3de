#ifndef SUPERVISOR_TREE_H
#define SUPERVISOR_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Everything below PID 1 that is not one of its helpers.  A process whose
 * parent dies becomes our child (we are PID 1 or a subreaper), so the tree is
 * empty exactly when we have no child left but helpers.  Read from /proc with
 * plain system calls; where /proc is missing, or shows another PID namespace,
 * the answers fall back as each function says.
 */

/* A helper's pid must be told apart: true when it is one. */
typedef bool tree_is_helper(pid_t pid);

/*
 * Children that are not helpers; -1 when it cannot be known (the caller then
 * leaves, and the kernel ends what is left of a PID namespace).
 */
int tree_children(tree_is_helper *is_helper);

/*
 * Send sig to all of them, grandchildren included.  Without a usable /proc, and
 * as a real PID 1, to every process there is (helpers ignore TERM).
 */
void tree_signal(int sig, tree_is_helper *is_helper);

#endif
