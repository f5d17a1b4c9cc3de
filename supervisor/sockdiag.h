#ifndef SUPERVISOR_SOCKDIAG_H
#define SUPERVISOR_SOCKDIAG_H

#include <sys/types.h>

/*
 * Every TCP socket that listens in our network namespace, asked of the kernel
 * itself (sock_diag(7)), which then walks those alone: to read /proc/net/tcp is
 * to walk all connections of the machine, tens of milliseconds on a busy one.
 * Never blocks.  0, or -errno when the kernel does not tell all of them; some
 * may have been given to take by then.
 */
typedef void sockdiag_take(ino_t inode, uid_t uid);
int sockdiag_listeners(sockdiag_take *take);

#endif
