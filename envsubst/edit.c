#include "envsubst/edit.h"

#include <errno.h>
#include <stdlib.h>

int
edit_add(struct edit_list *list, const struct edit *edit)
{
	if (list->count == EDITS_MAX)
		return -E2BIG;
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 4 : list->room * 2;
		struct edit *grown = realloc(list->edit, room * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		list->edit = grown;
		list->room = room;
	}
	list->edit[list->count++] = *edit;
	return 0;
}

void
edit_free(struct edit_list *list)
{
	free(list->edit);
	*list = (struct edit_list){ 0 };
}
