#include "notify/signame.h"

#include "core/guard.h"

#include <signal.h>

struct signame {
	const char *name;
	const char *meaning;
};

static const struct signame names[] = {
	[SIGHUP] = { "SIGHUP", "" },
	[SIGINT] = { "SIGINT", "" },
	[SIGQUIT] = { "SIGQUIT", "" },
	[SIGILL] = { "SIGILL",
	    "an instruction that this CPU does not know, in native code" },
	[SIGTRAP] = { "SIGTRAP",
	    "a trap in native code: a failed internal check" },
	[SIGABRT] = { "SIGABRT", "it aborted itself" },
	[SIGBUS] = { "SIGBUS",
	    "memory that is not there, often a file cut while mapped" },
	[SIGFPE] = { "SIGFPE", "an impossible calculation in native code" },
	[SIGKILL] = { "SIGKILL", "" },
	[SIGUSR1] = { "SIGUSR1", "" },
	[SIGSEGV] = { "SIGSEGV", "invalid memory access in native code" },
	[SIGUSR2] = { "SIGUSR2", "" },
	[SIGPIPE] = { "SIGPIPE", "it wrote to a pipe that nobody reads" },
	[SIGALRM] = { "SIGALRM", "" },
	[SIGTERM] = { "SIGTERM", "" },
	[SIGSTKFLT] = { "SIGSTKFLT", "" },
	[SIGCHLD] = { "SIGCHLD", "" },
	[SIGCONT] = { "SIGCONT", "" },
	[SIGSTOP] = { "SIGSTOP", "" },
	[SIGTSTP] = { "SIGTSTP", "" },
	[SIGTTIN] = { "SIGTTIN", "" },
	[SIGTTOU] = { "SIGTTOU", "" },
	[SIGURG] = { "SIGURG", "" },
	[SIGXCPU] = { "SIGXCPU", "its limit of CPU time is used up" },
	[SIGXFSZ] = { "SIGXFSZ", "a file grew over its limit" },
	[SIGVTALRM] = { "SIGVTALRM", "" },
	[SIGPROF] = { "SIGPROF", "" },
	[SIGWINCH] = { "SIGWINCH", "" },
	[SIGIO] = { "SIGIO", "" },
	[SIGPWR] = { "SIGPWR", "" },
	[SIGSYS] = { "SIGSYS",
	    "a system call that this container's profile forbids" },
};

const char *
signame_of(int signal)
{
	if (signal > 0 && (size_t)signal < ARRAY_LEN(names) &&
	    names[signal].name != NULL)
		return names[signal].name;
	return signal >= 32 && signal <= 64 ? "a real-time signal"
					    : "an unknown signal";
}

const char *
signame_meaning(int signal)
{
	if (signal > 0 && (size_t)signal < ARRAY_LEN(names) &&
	    names[signal].meaning != NULL)
		return names[signal].meaning;
	return "";
}
