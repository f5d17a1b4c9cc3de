#include "supervisor/trim.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisor/pid1.h"

/* Made by the linker: the program's own header, where it was put. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/*
 * Only segments that nobody may write: the others hold relocated pointers and
 * variables, which would be lost.
 */
static void
trim_segment(const ElfW(Phdr) * segment, uintptr_t bias, uintptr_t page)
{
	uintptr_t from = bias + segment->p_vaddr;
	uintptr_t to = from + segment->p_filesz;

	if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
		return;
	from &= ~(page - 1);
	(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

void
trim_program(void)
{
	uintptr_t base = (uintptr_t)&__ehdr_start;
	uintptr_t bias = __ehdr_start.e_type == ET_DYN ? base : 0;
	const ElfW(Phdr) *table = (const void *)(base + __ehdr_start.e_phoff);
	/* asked once: libc has the answer in a page that is about to go */
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (unsigned i = 0; i < __ehdr_start.e_phnum; i++)
		trim_segment(&table[i], bias, page);
}
