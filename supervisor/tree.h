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

/* Whether /proc is there, and shows our own PID namespace. */
bool tree_is_seen(void);

/*
 * Call each for every process that /proc shows but PID 1 itself; parent is 0
 * or less when it is gone by now.  0 or -errno, when there is no /proc of ours.
 */
typedef void tree_visitor(pid_t pid, pid_t parent, void *arg);
int tree_visit(tree_visitor *each, void *arg);

/* The parent of a process, -1 when it is gone. */
pid_t tree_parent(pid_t pid);

/* Whether it is on its way out already, or a zombie, as far as /proc tells. */
bool tree_is_ending(pid_t pid);

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
