#ifndef TESTS_SYSTEM_PROC_H
#define TESTS_SYSTEM_PROC_H

#include "ns.h"

#include <sys/types.h>

#define PROC_MAX 256

/* The living processes of the namespace, cradle included: their count. */
int proc_list(const struct ns *ns, pid_t *ret, int max);

/* Those of them that are dead and not waited for. */
int proc_zombies(const struct ns *ns);

/*
 * A process of the namespace, not cradle itself, whose command line holds text
 * (the arguments joined by blanks), and that is not `but`: its pid, or 0.
 */
pid_t proc_find(const struct ns *ns, const char *text, pid_t but);

/* The same, waiting for it; fails the test when it does not come. */
pid_t proc_await(struct ns *ns, const char *text, pid_t but, int ms);

/* Wait until no process of the namespace has text in its command line. */
void proc_await_gone(struct ns *ns, const char *text, int ms);

/*
 * A file of /proc/PID as one text, NULs turned into `blank`; NULL when the
 * process is gone.  Freed by scratch_end.
 */
char *proc_text(pid_t pid, const char *file, char blank);

/* A number of /proc/PID/status, such as "voluntary_ctxt_switches"; -1. */
long proc_status(pid_t pid, const char *field);

/* A letter of /proc/PID/stat: 'R', 'S', 'Z', 'T'; 0 when it is gone. */
char proc_state(pid_t pid);

pid_t proc_parent(pid_t pid);
ino_t proc_pid_namespace(pid_t pid);
int proc_children(pid_t parent, pid_t *ret, int max);

#endif
