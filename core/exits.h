#ifndef CORE_EXITS_H
#define CORE_EXITS_H

/*
 * cradle's own exit codes; an app's own code, or 128 + n for signal n, passes
 * through unchanged.  From sysexits.h where one fits, the shell's 126 and 127
 * where exec fails.  cradle(1) prints this table.
 */
enum exits {
	EXITS_OK = 0,
	EXITS_PROBE = 1,        /* cradle health: the answer was no */
	EXITS_USAGE = 64,       /* the command line is wrong */
	EXITS_UNAVAILABLE = 69, /* a secret store was unreachable */
	EXITS_INTERNAL = 70,    /* a defect of cradle's own */
	EXITS_OSERR = 71,       /* a system call failed */
	EXITS_DENIED = 77,      /* a secret was denied */
	EXITS_CONFIG = 78,      /* configuration or a reference is wrong */
	EXITS_NOT_EXECUTABLE = 126,
	EXITS_NOT_FOUND = 127,
	EXITS_SIGNALED = 128, /* plus the signal's number */
};

#endif
