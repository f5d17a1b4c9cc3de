#ifndef SUPERVISOR_INHERIT_H
#define SUPERVISOR_INHERIT_H

#include <stdbool.h>

/*
 * What the caller gave us and the app may want: its directory and its
 * descriptors above 2.
 *
 * PID 1 lives in "/" and keeps nobody's mount busy; services, tasks and helpers
 * start in the caller's directory.  The descriptors go to the main service, to
 * nobody else.  It gets them in its first life, and then they are closed here,
 * so that what the app closes is closed; but sockets of systemd's protocol
 * (LISTEN_FDS with our own LISTEN_PID) and Node's channel to a parent
 * (NODE_CHANNEL_FD) are kept, because every life looks for them.
 */
struct inherit {
	int home;      /* O_PATH; 0: none, we stayed where we were */
	bool listen;   /* LISTEN_PID is ours: to be rewritten */
	bool keep;     /* for every life */
	bool released; /* handed over, and closed here */
};

/* Look, and remember the directory. */
void inherit_open(struct inherit *in, char *const *environment);

/* Go to "/"; relative paths of PID 1's own have all been opened. */
void inherit_leave_home(struct inherit *in);

/* The main service lives: close what nobody needs any more. */
void inherit_release(struct inherit *in);

/* What takes LISTEN_* away from those that it is not for; NULL: nothing. */
char *const *inherit_withheld(const struct inherit *in);

#endif
