#include "supervisor/signals.h"

#include "core/guard.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "supervisor/pid1.h"

static const int fault_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
	SIGTRAP, SIGSYS };

static int fault_wake = -1;
static volatile sig_atomic_t fault_sent[NSIG];
static signals_fault *own_fault;

/* A stack that overflowed cannot carry its own handler.  The kernel's frame
   takes up to 11 KiB of it on machines with the widest registers. */
static char fault_stack[64 * 1024];

/*
 * si_code is positive only when the kernel found the fault itself; then the
 * instruction would fault again for ever, so PID 1 begins again, or the default
 * action takes over.
 */
static void
on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code > 0 || info->si_pid == getpid()) {
		if (own_fault != NULL)
			own_fault(sig, info);
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
		return;
	}
	const uint64_t one = 1;
	int saved = errno;
	fault_sent[sig] = 1;
	(void)!write(fault_wake, &one, sizeof(one));
	errno = saved;
}

/* A fault in the handler comes to the handler: it knows a last way out. */
static int
install_handlers(void)
{
	struct sigaction action = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_NODEFER };
	const stack_t stack = { .ss_sp = fault_stack,
		.ss_size = sizeof(fault_stack) };

	if (sigaltstack(&stack, NULL) == -1)
		return -errno;
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(fault_signals); i++)
		if (sigaction(fault_signals[i], &action, NULL) == -1)
			return -errno;
	return 0;
}

static void
remember_ignored(sigset_t *ret)
{
	(void)sigemptyset(ret);
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction was;
		if (sigaction(sig, NULL, &was) == 0 &&
		    was.sa_handler == SIG_IGN)
			(void)sigaddset(ret, sig);
	}
}

/* An ignored SIGCHLD would make the kernel reap in our place. */
static void
take_children_back(void)
{
	(void)signal(SIGCHLD, SIG_DFL);
}

/* Not sigfillset: musl's leaves out three real-time signals that it keeps for
   its threads, and we have none. */
static sigset_t
all_but_faults(void)
{
	sigset_t all;
	memset(&all, 0xff, sizeof(all));
	for (size_t i = 0; i < ARRAY_LEN(fault_signals); i++)
		(void)sigdelset(&all, fault_signals[i]);
	return all;
}

static int
open_descriptors(struct signals *s)
{
	const sigset_t all = all_but_faults();

	s->fault_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->fault_fd == -1)
		return -errno;
	fault_wake = s->fault_fd;
	s->fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->fd == -1 ? -errno : 0;
}

int
signals_catch_faults(void)
{
	const sigset_t all = all_but_faults();
	int r = install_handlers();

	/* musl's first sigaction unblocks its threads' signals: once more */
	if (r == 0 && sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		r = -errno;
	return r;
}

int
signals_open(struct signals *s)
{
	const sigset_t all = all_but_faults();

	remember_ignored(&s->ignored);
	if (sigprocmask(SIG_SETMASK, &all, &s->mask) == -1)
		return -errno;
	take_children_back();
	int r = open_descriptors(s);
	return r < 0 ? r : signals_catch_faults();
}

void
signals_hold_faults(void)
{
	sigset_t all;
	memset(&all, 0xff, sizeof(all));
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

int
signals_reopen(struct signals *s, uint64_t unread)
{
	const uint64_t one = 1;
	int r = open_descriptors(s);
	if (r < 0)
		return r;
	for (int sig = 1; sig < 64; sig++)
		if ((unread >> sig & 1) != 0)
			fault_sent[sig] = 1;
	if (signals_unread_faults() != 0)
		(void)!write(s->fault_fd, &one, sizeof(one));
	return 0;
}

uint64_t
signals_unread_faults(void)
{
	uint64_t unread = 0;
	for (size_t i = 0; i < ARRAY_LEN(fault_signals); i++)
		if (fault_sent[fault_signals[i]])
			unread |= (uint64_t)1 << fault_signals[i];
	return unread;
}

void
signals_on_fault(signals_fault *fault)
{
	own_fault = fault;
}

static int
next_fault(const struct signals *s)
{
	uint64_t count;
	(void)!read(s->fault_fd, &count, sizeof(count));
	for (size_t i = 0; i < ARRAY_LEN(fault_signals); i++) {
		int sig = fault_signals[i];
		if (fault_sent[sig]) {
			fault_sent[sig] = 0;
			return sig;
		}
	}
	return 0;
}

int
signals_next(const struct signals *s)
{
	struct signalfd_siginfo info;
	while (read(s->fd, &info, sizeof(info)) == sizeof(info)) {
		int sig = (int)info.ssi_signo;
		if (sig == SIGCHLD || info.ssi_pid != (uint32_t)getpid())
			return sig;
	}
	return next_fault(s);
}
