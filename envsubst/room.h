#ifndef ENVSUBST_ROOM_H
#define ENVSUBST_ROOM_H

#include <stddef.h>

/*
 * Room for one more item in a list on the heap: list is the address of its
 * pointer, NULL at first, count the items in it, *room how many fit, each of
 * size bytes.  0, or -ENOMEM and the list as it was.
 */
int room_for_one(void *list, size_t *room, size_t count, size_t size);

#endif
