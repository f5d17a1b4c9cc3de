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

/*
 * si_code is positive only when the kernel found the fault itself; then the
 * instruction would fault again for ever, so the default action takes over.
 */
static void
on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code > 0 || info->si_pid == getpid()) {
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

static int
catch_faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_RESTART };
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

int
signals_open(struct signals *s)
{
	sigset_t all;

	/* not sigfillset: musl's leaves out three real-time signals that it
	   keeps for its threads, and we have none */
	memset(&all, 0xff, sizeof(all));
	for (size_t i = 0; i < ARRAY_LEN(fault_signals); i++)
		(void)sigdelset(&all, fault_signals[i]);

	remember_ignored(&s->ignored);
	if (sigprocmask(SIG_SETMASK, &all, &s->mask) == -1)
		return -errno;
	take_children_back();

	s->fault_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->fault_fd == -1)
		return -errno;
	fault_wake = s->fault_fd;
	s->fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd == -1)
		return -errno;
	int r = catch_faults();
	/* musl's first sigaction unblocks its threads' signals: once more */
	if (r == 0 && sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		r = -errno;
	return r;
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
