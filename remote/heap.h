#ifndef REMOTE_HEAP_H
#define REMOTE_HEAP_H

#include <stddef.h>

/*
 * The heap for libraries that copy what they are given: every block is wiped
 * before it goes back, also when realloc moves it, so that no credential, value
 * or reply stays behind in freed memory.  Signatures and results as in
 * stdlib.h; a block from here may only be given back here.
 */
void *heap_alloc(size_t size);
void *heap_zeroed(size_t count, size_t size);
void *heap_resize(void *block, size_t size);
char *heap_copy(const char *text);
void heap_free(void *block);

/* Declared like autofree, for blocks from here. */
static inline void
heap_guard(void *holder)
{
	heap_free(*(void **)holder);
}

#define autoheap __attribute__((cleanup(heap_guard)))

#endif
