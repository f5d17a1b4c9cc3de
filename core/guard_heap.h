#ifndef CORE_GUARD_HEAP_H
#define CORE_GUARD_HEAP_H

#include "core/guard.h"

#include <stdlib.h>

/*
 * autofree: the heap's side of guard.h, for the helper processes.
 *
 *	autofree char *text = strdup(...);
 *	*ret_text = TAKE_PTR(text);
 */

static inline void
guard_free(void *holder)
{
	free(*(void **)holder);
}

#define autofree __attribute__((cleanup(guard_free)))

#endif
