#ifndef TESTS_SYSTEM_FAULT_H
#define TESTS_SYSTEM_FAULT_H

#include "ns.h"

/*
 * Faults of PID 1's own, made from outside with ptrace: what the kernel does
 * when a program jumps to nowhere or runs out of stack, and what abort(3) does.
 * Where ptrace is refused the test is skipped with a line that says so.
 */
enum fault {
	FAULT_JUMP,   /* SIGSEGV: the next instruction is at 0 */
	FAULT_STACK,  /* SIGSEGV: and so is the stack */
	FAULT_ASSERT, /* SIGABRT by the process itself */
	FAULTS,
};

void fault_make(const struct ns *ns, enum fault fault);

/*
 * Make it, and another one `stops` stops at system calls behind the program's
 * first: in the handler, or in the new program from where it begins to read
 * what it was left, or to take over.  Over and over, so many times.
 */
enum fault_place { FAULT_IN_HANDLER, FAULT_IN_NEW_PROGRAM, FAULT_AT_TAKEOVER };
void fault_again(
    const struct ns *ns, enum fault_place place, int stops, int times);

/*
 * Kill that service, and make PID 1 jump to nowhere when it has made the next
 * process and does not know its number yet.
 */
void fault_after_birth(const struct ns *ns, pid_t service);

#endif
