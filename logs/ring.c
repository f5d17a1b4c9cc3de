#include "logs/ring.h"

#include "core/guard.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define PAGE 4096
#define SERVICES_MAX 1024

struct mark {
	_Atomic uint64_t written;
	_Atomic uint64_t life;
	_Atomic int64_t stream;
};

static size_t
data_offset(size_t services)
{
	size_t marks = services * RING_CHANNELS * sizeof(struct mark);
	return (marks + PAGE - 1) / PAGE * PAGE;
}

static size_t
file_size(size_t services)
{
	return data_offset(services) + services * RING_CHANNELS * RING_SIZE;
}

/* Kernels before 6.3 do not know the flag that some of the later ones demand.
 */
static int
open_memory(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("cradle-ring", flags | MFD_NOEXEC_SEAL);
	return fd != -1 ? fd : memfd_create("cradle-ring", flags);
}

int
ring_create(size_t services, int *ret_fd)
{
	if (services == 0 || services > SERVICES_MAX)
		return -EINVAL;
	autoclose int fd = open_memory();
	if (fd == -1 || ftruncate(fd, (off_t)file_size(services)) == -1)
		return -errno;
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
ring_attach(struct ring *ring, int fd, size_t services)
{
	struct stat st;

	if (services == 0 || services > SERVICES_MAX)
		return -EINVAL;
	size_t size = file_size(services);
	if (fstat(fd, &st) == -1)
		return -errno;
	if (st.st_size < (off_t)size)
		return -EINVAL;
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	*ring = (struct ring){ map, size, services };
	return 0;
}

void
ring_detach(struct ring *ring)
{
	if (ring->map != NULL)
		(void)munmap(ring->map, ring->size);
	*ring = (struct ring){ 0 };
}

static size_t
place(const struct ring *ring, size_t service, unsigned channel)
{
	assert(service < ring->services);
	assert(channel >= 1 && channel <= RING_CHANNELS);
	return service * RING_CHANNELS + channel - 1;
}

static struct mark *
mark_at(const struct ring *ring, size_t at)
{
	return (struct mark *)ring->map + at;
}

static char *
data_at(const struct ring *ring, size_t at)
{
	return (char *)ring->map + data_offset(ring->services) + at * RING_SIZE;
}

bool
ring_begin(struct ring *ring, size_t service, unsigned channel, int64_t stream,
    bool fresh)
{
	struct mark *m = mark_at(ring, place(ring, service, channel));

	if (fresh || stream > m->stream) {
		m->life = m->written;
		m->stream = stream;
	}
	return m->stream == stream;
}

bool
ring_is_current(
    const struct ring *ring, size_t service, unsigned channel, int64_t stream)
{
	return mark_at(ring, place(ring, service, channel))->stream == stream;
}

/*
 * The count moves last: who is killed in between has only spoiled bytes that
 * were about to be overwritten.
 */
void
ring_append(struct ring *ring, size_t service, unsigned channel,
    const void *data, size_t len)
{
	size_t at = place(ring, service, channel);
	struct mark *m = mark_at(ring, at);
	size_t kept = len < RING_SIZE ? len : RING_SIZE;
	const char *from = (const char *)data + (len - kept);
	size_t to = (size_t)((m->written + (len - kept)) % RING_SIZE);
	size_t first = RING_SIZE - to < kept ? RING_SIZE - to : kept;

	memcpy(data_at(ring, at) + to, from, first);
	memcpy(data_at(ring, at), from + first, kept - first);
	m->written += len;
}

/* How much of this life the ring holds, whatever stands in the mark. */
static size_t
held(uint64_t written, uint64_t life)
{
	if (life >= written)
		return 0;
	return written - life < RING_SIZE ? (size_t)(written - life)
					  : RING_SIZE;
}

bool
ring_mid_line(const struct ring *ring, size_t service, unsigned channel)
{
	size_t at = place(ring, service, channel);
	struct mark *m = mark_at(ring, at);
	uint64_t written = m->written;

	return held(written, m->life) > 0 &&
	       data_at(ring, at)[(written - 1) % RING_SIZE] != '\n';
}

size_t
ring_tail(const struct ring *ring, size_t service, unsigned channel, char *buf,
    bool *ret_cut)
{
	size_t at = place(ring, service, channel);
	struct mark *m = mark_at(ring, at);
	uint64_t written = m->written;
	uint64_t life = m->life;
	size_t len = held(written, life);
	size_t from = (size_t)((written - len) % RING_SIZE);
	size_t first = RING_SIZE - from < len ? RING_SIZE - from : len;

	memcpy(buf, data_at(ring, at) + from, first);
	memcpy(buf + first, data_at(ring, at), len - first);
	*ret_cut = len > 0 && written - life > len;
	return len;
}

size_t
ring_read(const struct ring *ring, size_t service, unsigned channel,
    struct ring_span *span)
{
	size_t at = place(ring, service, channel);
	uint64_t written = mark_at(ring, at)->written;
	uint64_t oldest = written - held(written, 0);

	span->end = written;
	if (span->from > written)
		span->from = written;
	if (span->from < oldest)
		span->from = oldest;
	uint64_t left = written - span->from;
	size_t len = left < span->size ? (size_t)left : span->size;
	size_t begin = (size_t)(span->from % RING_SIZE);
	size_t first = RING_SIZE - begin < len ? RING_SIZE - begin : len;

	memcpy(span->buf, data_at(ring, at) + begin, first);
	memcpy(span->buf + first, data_at(ring, at), len - first);
	return len;
}
