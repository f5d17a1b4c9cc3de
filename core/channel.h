#ifndef CORE_CHANNEL_H
#define CORE_CHANNEL_H

/*
 * Make a message channel for a helper.  On success the caller owns both ends;
 * ours is non-blocking, theirs blocks; both are close-on-exec, so the spawner
 * puts theirs at CHANNEL_FD.  On failure nothing was opened.  0 or -errno.
 */
int channel_open(int *ret_ours, int *ret_theirs);

/* where a helper finds its end */
#define CHANNEL_FD 3

#endif
