#ifndef CORE_JAIL_H
#define CORE_JAIL_H

/*
 * Give up rights for good, best effort: seccomp for kinds of system calls,
 * Landlock for files and TCP.  What this kernel or container does not allow is
 * left out; *ret_taken tells what really took hold, and it is shown to people.
 * A refused call fails with EPERM (EACCES for files), it never kills.
 * no_new_privs is set as a side effect.  Threads made later inherit it all.
 */
enum jail_right {
	JAIL_EXEC = 1 << 0,    /* execve, execveat */
	JAIL_NET = 1 << 1,     /* socket of any kind, connect, bind */
	JAIL_LISTEN = 1 << 2,  /* listen, accept */
	JAIL_CONNECT = 1 << 3, /* connect (health: loopback only by its code) */
	JAIL_OPEN = 1 << 4,    /* open of any file */
	JAIL_WRITE = 1 << 5,   /* files: open for writing, create, rename,
				  unlink, chmod...; write(2) stays */
	JAIL_ADMIN = 1 << 6,   /* always: ptrace, process_vm_*, mount, unshare,
				  setns, bpf, keyctl, module and kexec calls */
	JAIL_FILES = 1 << 7,   /* Landlock: only under `readable`, `writable` */
	JAIL_KILL = 1 << 8,    /* signals to other processes */
};

struct jail {
	unsigned give_up;            /* enum jail_right, ORed */
	const char *const *readable; /* NULL-terminated; NULL: no limit */
	const char *const *writable; /* NULL-terminated; NULL: none named */
};

void jail_enter(const struct jail *jail, unsigned *ret_taken);

/* "exec net files" into buf (at least 128 bytes): the names of the bits. */
void jail_names(unsigned bits, char *buf, unsigned size);

#endif
