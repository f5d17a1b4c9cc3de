/*
 * What a failed PID 1 left, damaged in any way: it is refused, or it makes
 * sense.  The input is a list of damages to a testament that is right: one byte
 * that says where (header, struct init, plan, the sealed values, a field of
 * note, the end), three bytes of offset, eight bytes that are put there.
 */
#include "supervisor/init.h"
#include "supervisor/testament.h"

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define SEALED_SIZE 4096
#define PLAN_BYTES (sizeof(struct plan) + sizeof(struct plan_service))
#define OLD_IMAGE UINT64_C(0x7a0000000000)
#define OLD_PLAN UINT64_C(0x7b0000000000)
#define OLD_SEALED UINT64_C(0x7c0000000000)
#define RECORD 12

static void *fuzz_map(size_t size);

/* Some 150,000 words: each comparison would be written down. */
struct move;
static void relocate(void *memory, uint64_t size, const struct move *move,
    size_t moves) __attribute__((no_sanitize("coverage", "address")));

/* This process stays as it is, and its memory bounded. */
#define mmap(at, size, prot, flags, fd, offset) fuzz_map(size)
#define madvise(at, size, advice) 0
#define prctl(...) 0
#include "supervisor/testament.c"
#undef mmap
#undef prctl

static struct {
	struct init init;
	char behind[64];
} image; /* the program's variables */
static _Alignas(64) char plan_memory[PLAN_BYTES + 65536];
static char sealed_memory[SEALED_SIZE + 65536];

static void *
fuzz_map(size_t size)
{
	if (size > sizeof(plan_memory))
		return MAP_FAILED;
	memset(plan_memory, 0, size);
	return plan_memory;
}

/* ---- what testament.c asks of others ---- */

struct span
testament_image(void)
{
	return (struct span){ (uintptr_t)&image, sizeof(image) };
}

int
secret_setup(void)
{
	return 0;
}

int
secret_new(struct secret *ret, size_t size)
{
	if (size > sizeof(sealed_memory))
		return -ENOMEM;
	*ret = (struct secret){ sealed_memory, size };
	return 0;
}

void
secret_wipe(void *data, size_t len)
{
	memset(data, 0, len);
}

void
secret_shut(const struct secret *s)
{
	(void)s;
}

struct service *
standby_spare(const struct service *s)
{
	(void)s;
	return NULL;
}

/* ---- a testament that is right ---- */

static struct {
	struct testament head;
	struct init init;
	char plan[PLAN_BYTES];
	char sealed[SEALED_SIZE];
} right, damaged;

static void *
old(uint64_t at)
{
	return (void *)(uintptr_t)at;
}

static void
write_right(void)
{
	struct plan *plan = (void *)right.plan;
	struct init *init = &right.init;

	memcpy(right.head.magic, TESTAMENT_MAGIC, sizeof(right.head.magic));
	(void)snprintf(
	    right.head.version, sizeof(right.head.version), CRADLE_VERSION);
	right.head.image = (struct span){ OLD_IMAGE, sizeof(image) };
	right.head.init = (struct span){ OLD_IMAGE, sizeof(struct init) };
	right.head.plan = (struct span){ OLD_PLAN, PLAN_BYTES };
	right.head.sealed = (struct span){ OLD_SEALED, SEALED_SIZE };
	plan->services = old(OLD_PLAN + sizeof(*plan));
	plan->services_count = 1;
	init->plan = old(OLD_PLAN);
	init->services = 1;
	init->environment.plan = init->plan;
	init->environment.region =
	    (struct secret){ old(OLD_SEALED), SEALED_SIZE };
	init->service[0].init = old(OLD_IMAGE);
	init->service[0].plan = plan->services;
	for (int i = 0; i < ROLES; i++)
		init->helper[i].init = old(OLD_IMAGE);
}

/* Where damage matters, in a structure of a megabyte. */
static const size_t spots[] = {
	offsetof(struct init, plan),
	offsetof(struct init, services),
	offsetof(struct init, phase),
	offsetof(struct init, boot.state),
	offsetof(struct init, boot.task),
	offsetof(struct init, boot.task_pid),
	offsetof(struct init, environment.plan),
	offsetof(struct init, environment.wants),
	offsetof(struct init, environment.region.size),
	offsetof(struct init, service[0].init),
	offsetof(struct init, service[0].plan),
	offsetof(struct init, service[0].index),
	offsetof(struct init, service[0].state),
	offsetof(struct init, service[0].pid),
	offsetof(struct init, service[0].hook.pid),
	offsetof(struct init, service[0].old_group),
	offsetof(struct init, helper[0].init),
	offsetof(struct init, helper[ROLES - 1].pid),
};

static size_t
put(void *to, size_t room, const unsigned char *record)
{
	size_t at = (size_t)record[1] | (size_t)record[2] << 8 |
		    (size_t)record[3] << 16;
	memcpy((char *)to + at % (room - 8), record + 4, 8);
	return at;
}

/* How long the file is then. */
static size_t
damage(const unsigned char *data, size_t size)
{
	size_t len = sizeof(damaged);

	damaged = right;
	while (size > 0) {
		unsigned char record[RECORD] = { 0 };
		size_t part = size < RECORD ? size : RECORD;
		memcpy(record, data, part);
		data += part;
		size -= part;
		switch (record[0] % 6) {
		case 0:
			(void)put(&damaged.head, sizeof(damaged.head), record);
			break;
		case 1:
			(void)put(&damaged.init, sizeof(damaged.init), record);
			break;
		case 2:
			(void)put(damaged.plan, sizeof(damaged.plan), record);
			break;
		case 3:
			(void)put(damaged.sealed, SEALED_SIZE, record);
			break;
		case 4:
			memcpy((char *)&damaged.init +
				   spots[record[1] % ARRAY_LEN(spots)],
			    record + 4, 8);
			break;
		default:
			len = put(&(char[16]){ 0 }, 16, record) % len;
			break;
		}
	}
	return len;
}

static void
check(const struct testament *t)
{
	const struct init *init = &image.init;

	assert((const char *)init->plan == plan_memory);
	assert(init->services >= 1 && init->services <= PLAN_SERVICES_MAX);
	for (size_t i = 0; i < init->services; i++) {
		assert(init->service[i].init == init);
		assert(init->service[i].index == i);
		assert((unsigned)init->service[i].state < LIFE_STATES);
	}
	assert(strlen(t->comm) < sizeof(t->comm));
	assert(t->tries <= REBIRTHS_MAX);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct testament head;

	if (right.head.magic[0] == '\0')
		write_right();
	size_t len = damage(data, size);
	int fd = memfd_create("testament", MFD_CLOEXEC);
	assert(fd != -1);
	assert(write(fd, &damaged, len) == (ssize_t)len);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	memset(&image, 0, sizeof(image)); /* as a new program has it */
	int r = testament_read(fd, &image.init, &head);
	if (r == 0)
		check(&head);
	assert(size > 0 || r == 0);
	testament_burn(fd);
	assert(fcntl(fd, F_GETFD) == -1);
	return 0;
}
