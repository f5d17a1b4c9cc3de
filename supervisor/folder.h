#ifndef SUPERVISOR_FOLDER_H
#define SUPERVISOR_FOLDER_H

#include <stdbool.h>

/*
 * The names in a directory, without the heap that readdir(3) would need: each
 * is called with the open directory until it returns false.  0 or -errno.
 */
typedef bool folder_each(int dir, const char *name, void *arg);
int folder_list(const char *path, folder_each *each, void *arg);

#endif
