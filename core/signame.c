#include "core/signame.h"

#include "core/guard.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

static int
number_in(const char *digits, int first, int last)
{
	char *end;
	long n = strtol(digits, &end, 10);
	if (!isdigit((unsigned char)digits[0]) || *end != '\0')
		return -1;
	return n >= first && n <= last ? (int)n : -1;
}

int
signame_number(const char *name)
{
	if (isdigit((unsigned char)name[0]))
		return number_in(name, 1, SIGRTMAX);
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i] != NULL && strcasecmp(names[i] + 3, name) == 0)
			return (int)i;
	if (strcasecmp(name, "RTMIN") == 0)
		return SIGRTMIN;
	if (strcasecmp(name, "RTMAX") == 0)
		return SIGRTMAX;
	if (strncasecmp(name, "RTMIN+", 6) == 0) {
		int n = number_in(name + 6, 0, SIGRTMAX - SIGRTMIN);
		return n == -1 ? -1 : SIGRTMIN + n;
	}
	return -1;
}
