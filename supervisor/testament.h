#ifndef SUPERVISOR_TESTAMENT_H
#define SUPERVISOR_TESTAMENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a failed PID 1 leaves to the next: this header, then struct init, the
 * plan's memory and the sealed region, each as it lay in memory.  Both are the
 * same program, so the same types; only the places differ, and the header says
 * where everything was.
 */

#define TESTAMENT_MAGIC "cradle1\n"

/* Memory of the old program. */
struct span {
	uint64_t at;
	uint64_t size;
};

struct init;

struct testament {
	char magic[8];
	char version[24];
	struct span image; /* the program and its variables */
	struct span init;
	struct span plan;
	struct span sealed;

	int32_t sig; /* what it was, as siginfo_t has it */
	int32_t code;
	uint64_t address;
	uint64_t unread;  /* fault signals that users sent: bit = number */
	int32_t newest;   /* spawn_newest */
	int32_t self_fd;  /* of the program's own file, or -1 */
	uint32_t guarded; /* it was not dumpable */
	uint32_t tries;   /* programs that failed while they read this */
	char comm[16];    /* the process's name */
};

/*
 * Read what a failed PID 1 has left in the memory file fd into init, whose
 * memory is all zeros: every pointer into the old program, the plan and the
 * sealed values is turned to its new place.  What lives only in a process (the
 * event loop, signals, helpers' channels, the services' environments) is not
 * made here.  The file is as it was, for a program that begins once more, and
 * so are the descriptors that pass over an exec.  0, or -errno when it is not a
 * testament of this very program, or makes no sense.
 */
int testament_read(int fd, struct init *init, struct testament *ret);

/* Wipe and close it. */
void testament_burn(int fd);

/* The program's own: from its header to the end of its variables. */
struct span testament_image(void);

#endif
