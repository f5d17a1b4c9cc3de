#include "core/signame.h"

#include "core/guard.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAMED(sig) [SIG##sig] = "SIG" #sig

static const char *const names[] = {
	NAMED(HUP),
	NAMED(INT),
	NAMED(QUIT),
	NAMED(ILL),
	NAMED(TRAP),
	NAMED(ABRT),
	NAMED(BUS),
	NAMED(FPE),
	NAMED(KILL),
	NAMED(USR1),
	NAMED(SEGV),
	NAMED(USR2),
	NAMED(PIPE),
	NAMED(ALRM),
	NAMED(TERM),
	NAMED(STKFLT),
	NAMED(CHLD),
	NAMED(CONT),
	NAMED(STOP),
	NAMED(TSTP),
	NAMED(TTIN),
	NAMED(TTOU),
	NAMED(URG),
	NAMED(XCPU),
	NAMED(XFSZ),
	NAMED(VTALRM),
	NAMED(PROF),
	NAMED(WINCH),
	NAMED(IO),
	NAMED(PWR),
	NAMED(SYS),
};

const char *
signame(int sig)
{
	static char text[24];
	if (sig > 0 && (size_t)sig < ARRAY_LEN(names) && names[sig] != NULL)
		return names[sig];
	if (sig == SIGRTMIN)
		return "SIGRTMIN";
	if (sig > SIGRTMIN && sig <= SIGRTMAX)
		(void)snprintf(
		    text, sizeof(text), "SIGRTMIN+%d", sig - SIGRTMIN);
	else
		(void)snprintf(text, sizeof(text), "signal %d", sig);
	return text;
}

int
signame_number(const char *name)
{
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i] != NULL && strcasecmp(names[i] + 3, name) == 0)
			return (int)i;
	return -1;
}
