#ifndef SUPERVISOR_PROGRAM_H
#define SUPERVISOR_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Replace the calling process, execvp's way, along the PATH of envp: a file
 * that is there and may not be executed is remembered over one that is missing,
 * and a script without "#!" is run by /bin/sh.  A binary of another machine is
 * not fed to a shell.  Returns an errno when nothing could be executed.
 *
 * It is called where memory is shared with the parent, who can then ask why.
 */
int program_exec(char *const argv[], char *const envp[]);

/*
 * Whether the file that program_exec would take gives rights: setuid, setgid,
 * file capabilities.  For the same caller.
 */
bool program_gives_rights(char *const argv[], char *const envp[]);

/*
 * Why the last program_exec that failed did, for people: a reason and what to
 * try in brackets, without the program's name.
 */
void program_explain(int err, char *text, size_t size);

#endif
