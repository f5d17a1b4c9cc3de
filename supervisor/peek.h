#ifndef SUPERVISOR_PEEK_H
#define SUPERVISOR_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define PEEK_PATH 512 /* longer ones are not looked at */

/*
 * Looking into a process of a service while one of its calls waits for us.  It
 * may lie, die or be replaced at any moment: everything here is checked, and
 * what must still be true afterwards is checked by the caller
 * (SECCOMP_IOCTL_NOTIF_ID_VALID).  tid is a thread of it.
 *
 * The kernel lets us look when we are of the same user, or may trace anybody.
 * A service under a user of its own is looked at as that user: PID 1 puts on
 * its ids for the length of one call.
 */

/* Exactly size bytes at that address of its memory: 0 or -errno. */
int peek_memory(pid_t tid, uint64_t address, void *data, size_t size);

/* The text at that address, its NUL included: 0; -ENAMETOOLONG; -errno. */
int peek_text(pid_t tid, uint64_t address, char *text, size_t size);

/* What a descriptor of its is. */
struct peek_socket {
	ino_t inode;
	bool stream;   /* TCP or a UNIX stream */
	mode_t mode;   /* a path that it is bound to gets that */
	bool cloexec;  /* the descriptor's own flag */
	bool nonblock; /* the socket's */
};

/* 0; -ENOTSOCK when it is no socket; -errno. */
int peek_socket(pid_t tid, int fd, struct peek_socket *ret);

/*
 * What is around that descriptor of a process, which is that socket: the
 * epoll(7) descriptors that watch it, and other numbers of the same socket, as
 * far as there is room.
 */
#define PEEK_EPOLLS 4
#define PEEK_COPIES 16
struct peek_epoll {
	int fd;
	uint32_t events;
	uint64_t data;
};
struct peek_around {
	size_t epolls;
	struct peek_epoll epoll[PEEK_EPOLLS];
	size_t copies;
	int copy[PEEK_COPIES];
};
void peek_around(pid_t tid, int fd, ino_t inode, struct peek_around *ret);

/* A descriptor of ours for its socket, close-on-exec; or -errno. */
int peek_duplicate(pid_t tid, int fd);

/* Whether this kernel and container let us duplicate at all. */
bool peek_can_duplicate(void);

/* The lowest descriptor of that process, from that number on, which is that
   socket: -ENOENT; -errno; and whether there is one. */
int peek_number(pid_t pid, ino_t inode, int from);
bool peek_holds(pid_t pid, ino_t inode);

/* The file that its process sees under that path: 0 or -errno.  Whoever asks
   waits for its file system, which may be one that answers never. */
int peek_file(pid_t tid, const char *path, struct stat *ret);

/* That very file, and no symbolic link's; dir: a descriptor of its, or
   AT_FDCWD. And remove one. */
int peek_status(pid_t tid, int dir, const char *path, struct stat *ret);
void peek_unlink(pid_t tid, const char *path);

/* Whether it is in our network namespace: an address means the same there. */
bool peek_is_near(pid_t tid);

/* Whether a path means the same there: the same user, root and mounts. */
bool peek_is_at_home(pid_t tid);

/* The user it runs as, when that is not ours. */
bool peek_is_other(pid_t tid);

/* Its file mode creation mask; ours when it cannot be known. */
mode_t peek_umask(pid_t tid);

/* The process of a thread; -1 when it is gone. */
pid_t peek_process(pid_t tid);

#endif
