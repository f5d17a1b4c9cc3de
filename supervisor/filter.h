#ifndef SUPERVISOR_FILTER_H
#define SUPERVISOR_FILTER_H

#include <stdbool.h>

/*
 * The seccomp filter that a service lives under when its sockets are held: it
 * sends bind and listen of the whole tree to PID 1 as notifications
 * (seccomp_unotify(2)) and lets every other call run as it is.  Some have more
 * to tell:
 */
enum filter_more {
	/* two socket options, for a PID 1 that cannot ask the socket itself:
	   IPV6_V6ONLY and SO_REUSEPORT */
	FILTER_OPTIONS = 1,
	/* what removes a path, and connect to a UNIX socket: paths.h */
	FILTER_PATHS = 2,
	/* ... and of those connects also such as may be to IPv4, or to IPv6: a
	   path of FILTER_PATH_16 or FILTER_PATH_28 bytes, or of one more, makes
	   an address that is as long as theirs */
	FILTER_CONNECT_16 = 4,
	FILTER_CONNECT_28 = 8,
};

#define FILTER_PATH_16 13 /* with the NUL; one more without it */
#define FILTER_PATH_28 25

/* The same calls of a program of 32 bits, as the kernel tells them. */
#if defined(__x86_64__)
#define FILTER_ARCH_32 0x40000003U /* AUDIT_ARCH_I386 */
#define FILTER_BIND_32 361
#define FILTER_LISTEN_32 363
#define FILTER_SOCKETCALL_32 102 /* its kind, and where its arguments are */
#else
#define FILTER_ARCH_32 0U
#define FILTER_BIND_32 0
#define FILTER_LISTEN_32 0
#define FILTER_SOCKETCALL_32 0
#endif
#define FILTER_SOCKETCALL_BIND 2
#define FILTER_SOCKETCALL_LISTEN 4

/* Whether this kernel knows notifications at all, and nobody forbids them. */
bool filter_is_known(void);

/*
 * Put the calling process under it and send the listener's descriptor to
 * filter_receive; for a child that is about to exec, after vfork: nothing of
 * our memory changes.  The kernel asks for CAP_SYS_ADMIN (else -EACCES), or for
 * no_new_privs, which is set with `give_up_privileges`: no file gives anybody
 * below more rights then (sudo, file capabilities).  0, or -errno and there is
 * no filter.
 */
int filter_install(unsigned more, bool give_up_privileges);

/*
 * PID 1's end: filter_prepare before the child is made, 0 or -errno;
 * filter_receive behind it, the listener, close-on-exec, or -1.
 */
int filter_prepare(void);
int filter_receive(void);

/*
 * ioctl(2) of a listener, whose requests are larger than what one libc takes
 * for them: its result, with errno.
 */
int filter_ioctl(int listener, unsigned long request, void *arg);

/* Whether a descriptor can be put into those who ask there: Linux 5.9. */
bool filter_can_give(int listener);

#endif
