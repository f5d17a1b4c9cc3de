#include "fault.h"

#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <cmocka.h>

#if defined(__x86_64__)
typedef struct user_regs_struct registers;
#define PROGRAM_COUNTER rip
#define STACK_POINTER rsp
#elif defined(__aarch64__)
typedef struct user_regs_struct registers;
#define PROGRAM_COUNTER pc
#define STACK_POINTER sp
#endif

static void
attach(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == -1) {
		print_message(
		    "# skipped: ptrace is refused here: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	assert_true(WIFSTOPPED(status));
}

static void
derail(pid_t pid, enum fault fault)
{
	registers r;
	struct iovec io = { &r, sizeof(r) };

	assert_int_equal(
	    ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io), 0);
	r.PROGRAM_COUNTER = 0;
	if (fault == FAULT_STACK)
		r.STACK_POINTER = 64;
#if defined(__x86_64__)
	r.orig_rax = (unsigned long long)-1; /* no system call to go on with */
#endif
	assert_int_equal(
	    ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &io), 0);
	assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
}

/* In the place of the stop that attaching made; the pid is its own view. */
static void
abort_itself(const struct ns *ns)
{
	siginfo_t info = { .si_signo = SIGABRT, .si_code = SI_TKILL };

	info.si_pid = ns->plain ? ns->pid : 1;
	assert_int_equal(ptrace(PTRACE_SETSIGINFO, ns->pid, NULL, &info), 0);
	assert_int_equal(
	    ptrace(PTRACE_DETACH, ns->pid, NULL, (void *)SIGABRT), 0);
}

void
fault_make(const struct ns *ns, enum fault fault)
{
	attach(ns->pid);
	if (fault == FAULT_ASSERT)
		abort_itself(ns);
	else
		derail(ns->pid, fault);
}

void
fault_after_birth(const struct ns *ns, pid_t service)
{
	int status = 0;

	attach(ns->pid);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, ns->pid, NULL,
			     (void *)PTRACE_O_TRACEVFORKDONE),
	    0);
	assert_int_equal(kill(service, SIGKILL), 0);
	for (int stops = 0; stops < 16; stops++) {
		assert_int_equal(ptrace(PTRACE_CONT, ns->pid, NULL, NULL), 0);
		assert_int_equal(waitpid(ns->pid, &status, __WALL), ns->pid);
		assert_true(WIFSTOPPED(status));
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_VFORK_DONE << 8))
			break;
	}
	derail(ns->pid, FAULT_JUMP);
}
