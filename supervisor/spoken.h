#ifndef SUPERVISOR_SPOKEN_H
#define SUPERVISOR_SPOKEN_H

#include <stddef.h>

/*
 * Paths of UNIX sockets that a command line names for its program to bind, as
 * far as a reader can tell: "--bind unix:/run/web.sock", "-s /run/web.sock",
 * and the same inside of a script for a shell.  Those that it names as a client
 * are none: URLs of another scheme than "unix", and docker.sock.  Kestrel's
 * "http://unix:/run/web.sock" is one to bind.
 */

/* What a filter is to tell of a program with that command: enum filter_more; 0:
   it names no path. */
unsigned spoken_paths(char *const command[]);

/* The same for one path, which has so many bytes without its NUL. */
unsigned spoken_length(size_t len);

#endif
