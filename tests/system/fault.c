#include "fault.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
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

/* At a stop of its own: the next instruction is nowhere. */
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
}

static void
let_go(pid_t pid)
{
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
	if (fault == FAULT_ASSERT) {
		abort_itself(ns);
		return;
	}
	derail(ns->pid, fault);
	let_go(ns->pid);
}

/* On to its next stop, whose status it is. */
static int
go_on(pid_t pid, int request, int sig)
{
	int status = 0;

	assert_int_equal(ptrace(request, pid, NULL, (void *)(intptr_t)sig), 0);
	assert_int_equal(waitpid(pid, &status, __WALL), pid);
	assert_true(WIFSTOPPED(status));
	return status;
}

/* At a stop for a system call: the entry of the one that marks the place? */
static bool
is_there(pid_t pid, enum fault_place place)
{
	uint64_t number =
	    place == FAULT_IN_NEW_PROGRAM ? SYS_fcntl : SYS_signalfd4;
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       info.entry.nr == number &&
	       (number != SYS_fcntl || info.entry.args[1] == F_GET_SEALS);
}

static void
reach(pid_t pid, enum fault_place place, int stops)
{
	int status = go_on(pid, PTRACE_CONT, 0);

	/* the fault itself, which is delivered */
	assert_int_equal(WSTOPSIG(status), SIGSEGV);
	if (place == FAULT_IN_HANDLER) {
		(void)go_on(pid, PTRACE_SYSCALL, SIGSEGV);
	} else {
		status = go_on(pid, PTRACE_CONT, SIGSEGV);
		assert_int_equal(status >> 8, SIGTRAP | PTRACE_EVENT_EXEC << 8);
		do
			(void)go_on(pid, PTRACE_SYSCALL, 0);
		while (!is_there(pid, place));
	}
	while (stops-- > 0)
		(void)go_on(pid, PTRACE_SYSCALL, 0);
}

void
fault_again(const struct ns *ns, enum fault_place place, int stops, int times)
{
	attach(ns->pid);
	assert_int_equal(
	    ptrace(PTRACE_SETOPTIONS, ns->pid, NULL,
		(void *)(PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD)),
	    0);
	derail(ns->pid, FAULT_JUMP);
	while (times-- > 0) {
		reach(ns->pid, place, stops);
		derail(ns->pid, FAULT_JUMP);
	}
	let_go(ns->pid);
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
	let_go(ns->pid);
}
