#include "remote/heap.h"

#include "core/secret.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each block; keeps what follows aligned as malloc would. */
struct head {
	alignas(max_align_t) size_t size;
};

void *
heap_alloc(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct head))
		return NULL;
	struct head *head = malloc(sizeof(*head) + size);
	if (head == NULL)
		return NULL;
	head->size = size;
	return head + 1;
}

void *
heap_zeroed(size_t count, size_t size)
{
	size_t all;
	if (__builtin_mul_overflow(count, size, &all))
		return NULL;
	void *block = heap_alloc(all);
	if (block != NULL)
		memset(block, 0, all);
	return block;
}

void *
heap_resize(void *block, size_t size)
{
	if (block == NULL)
		return heap_alloc(size);
	size_t old = ((struct head *)block)[-1].size;
	void *moved = heap_alloc(size);
	if (moved == NULL)
		return NULL;
	memcpy(moved, block, old < size ? old : size);
	heap_free(block);
	return moved;
}

char *
heap_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = heap_alloc(size);
	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

void
heap_free(void *block)
{
	if (block == NULL)
		return;
	struct head *head = (struct head *)block - 1;
	secret_wipe(block, head->size);
	free(head);
}
