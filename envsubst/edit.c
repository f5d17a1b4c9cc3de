#include "envsubst/edit.h"

#include "envsubst/room.h"

#include <errno.h>
#include <stdlib.h>

int
edit_add(struct edit_list *list, const struct edit *edit)
{
	if (list->count == EDITS_MAX)
		return -E2BIG;
	if (room_for_one(
		&list->edit, &list->room, list->count, sizeof(*list->edit)) < 0)
		return -ENOMEM;
	list->edit[list->count++] = *edit;
	return 0;
}

void
edit_free(struct edit_list *list)
{
	free(list->edit);
	*list = (struct edit_list){ 0 };
}
