#include "envsubst/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 8

int
room_for_one(void *list, size_t *room, size_t count, size_t size)
{
	void *old;

	if (count < *room)
		return 0;
	size_t more = *room == 0 ? FIRST : *room * 2;
	memcpy(&old, list, sizeof(old));
	void *grown = realloc(old, more * size);
	if (grown == NULL)
		return -ENOMEM;
	memcpy(list, &grown, sizeof(grown));
	*room = more;
	return 0;
}
