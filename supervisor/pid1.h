#ifndef SUPERVISOR_PID1_H
#define SUPERVISOR_PID1_H

/*
 * Included last by every .c of this folder.  What is banned in PID 1 cannot be
 * named here: the heap, because it can fail in the middle of a restart and
 * grow; the resolver and stdio files, because they block and allocate.
 */
#pragma GCC poison malloc calloc realloc free strdup strndup asprintf vasprintf
#pragma GCC poison fopen fdopen opendir getaddrinfo system popen getline

#endif
