#ifndef SUPERVISOR_TRIM_H
#define SUPERVISOR_TRIM_H

/*
 * Give back the pages of our own program that only the boot needed: most of the
 * file is helpers, configuration and TLS, and PID 1 idles on a few pages of it.
 * They are clean and in the page cache, so what is needed again is a minor
 * fault away.  Called once, when boot is complete, last of all
 * before the wait.
 */
void trim_program(void);

#endif
