#include "supervisor/testament.h"

#include "core/guard.h"
#include "supervisor/init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define PLAN_SIZE_MAX ((uint64_t)64 * 1024 * 1024)
#define SEALED_SIZE_MAX ((uint64_t)64 * 1024 * 1024)

static int
read_all(int fd, void *data, uint64_t size)
{
	char *next = data;
	while (size > 0) {
		ssize_t n = read(fd, next, size);
		if (n == -1)
			return -errno;
		if (n == 0)
			return -ENODATA;
		next += n;
		size -= (uint64_t)n;
	}
	return 0;
}

/*
 * Into memory that is all zeros: what is zeros again is not touched, so that
 * tables that are nearly empty take no more memory than they did before.
 */
static int
read_mostly_empty(int fd, void *data, uint64_t size)
{
	static const char nothing[4096];
	static char part[sizeof(nothing)];
	char *next = data;

	while (size > 0) {
		uint64_t want = size < sizeof(part) ? size : sizeof(part);
		int r = read_all(fd, part, want);
		if (r < 0)
			return r;
		if (memcmp(part, nothing, want) != 0)
			memcpy(next, part, want);
		next += want;
		size -= want;
	}
	secret_wipe(part, sizeof(part));
	return 0;
}

static int
check_header(int fd, const struct testament *t)
{
	struct stat st;
	uint64_t size =
	    sizeof(*t) + t->init.size + t->plan.size + t->sealed.size;

	if (memcmp(t->magic, TESTAMENT_MAGIC, sizeof(t->magic)) != 0 ||
	    strncmp(t->version, CRADLE_VERSION, sizeof(t->version)) != 0 ||
	    t->image.size != testament_image().size ||
	    t->init.size != sizeof(struct init) || t->tries > REBIRTHS_MAX ||
	    t->plan.size < sizeof(struct plan) ||
	    t->plan.size > PLAN_SIZE_MAX || t->sealed.size > SEALED_SIZE_MAX)
		return -EBADMSG;
	if (fstat(fd, &st) == -1)
		return -errno;
	return (uint64_t)st.st_size == size ? 0 : -EBADMSG;
}

/* Straight into guarded memory: the values are nowhere else meanwhile. */
static int
read_sealed(int fd, uint64_t size, struct secret *ret)
{
	if (size == 0)
		return 0;
	int r = secret_setup();
	if (r == 0)
		r = secret_new(ret, size);
	if (r == 0)
		r = read_all(fd, ret->data, size);
	if (ret->data != NULL)
		secret_shut(ret);
	return r;
}

struct move {
	struct span from;
	uint64_t to;
};

/*
 * Every aligned word that points into what has moved.  A number could look like
 * such a pointer: 47 bits of it would have to be those of a place that was
 * drawn by lot, so that nobody can write one on purpose.
 */
static void
relocate(void *memory, uint64_t size, const struct move *move, size_t moves)
{
	uint64_t *word = memory;
	for (uint64_t i = 0; i < size / sizeof(*word); i++) {
		for (size_t m = 0; m < moves; m++) {
			uint64_t offset = word[i] - move[m].from.at;
			if (offset >= move[m].from.size)
				continue;
			word[i] = move[m].to + offset;
			break;
		}
	}
}

static int
read_spans(int fd, struct init *init, const struct testament *t)
{
	struct secret sealed = { 0 };
	char *plan = mmap(NULL, t->plan.size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (plan == MAP_FAILED)
		return -errno;
	(void)madvise(plan, t->plan.size, MADV_DONTDUMP);
	int r = read_mostly_empty(fd, init, sizeof(*init));
	if (r == 0)
		r = read_all(fd, plan, t->plan.size);
	if (r == 0)
		r = read_sealed(fd, t->sealed.size, &sealed);
	if (r < 0)
		return r;

	const struct move move[] = {
		{ t->image, testament_image().at },
		{ t->plan, (uintptr_t)plan },
		{ t->sealed, (uintptr_t)sealed.data },
	};
	relocate(init, sizeof(*init), move, ARRAY_LEN(move));
	relocate(plan, t->plan.size, move, ARRAY_LEN(move));
	return init->plan == (void *)plan ? 0 : -EBADMSG;
}

static bool
service_makes_sense(const struct init *init, size_t i, const struct service *s)
{
	return s->init == init && s->plan == &init->plan->services[i] &&
	       s->index == i && (unsigned)s->state < LIFE_STATES &&
	       (unsigned)s->standby.state < SPARE_STATES && s->pid >= 0 &&
	       s->hook.pid >= 0 && s->old_group >= 0;
}

static bool
all_make_sense(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (!service_makes_sense(init, i, s))
			return false;
		const struct service *spare = standby_spare(s);
		if (spare != NULL && (spare->spare_of != s ||
					 !service_makes_sense(init, i, spare)))
			return false;
	}
	return true;
}

static bool
makes_sense(const struct init *init, const struct testament *t)
{
	const struct environment *e = &init->environment;
	const struct boot *b = &init->boot;

	if ((uintptr_t)init - testament_image().at != t->init.at - t->image.at)
		return false;
	if ((unsigned)init->phase >= PHASES ||
	    (unsigned)b->state >= BOOT_STATES ||
	    b->task > init->plan->tasks_count || b->task_pid < 0 ||
	    init->services == 0 || init->services > PLAN_SERVICES_MAX ||
	    init->services != init->plan->services_count ||
	    e->plan != init->plan || e->wants > ENVIRONMENT_WANTS_MAX ||
	    e->region.size != t->sealed.size)
		return false;
	if (!all_make_sense(init))
		return false;
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].init != init || init->helper[i].pid < 0)
			return false;
	return true;
}

void
testament_burn(int fd)
{
	static const char nothing[4096];
	off_t size = lseek(fd, 0, SEEK_END);

	for (off_t at = 0; at < size; at += (off_t)sizeof(nothing)) {
		size_t part = (size_t)(size - at) < sizeof(nothing)
				  ? (size_t)(size - at)
				  : sizeof(nothing);
		if (pwrite(fd, nothing, part, at) == -1)
			break;
	}
	(void)close(fd);
}

int
testament_read(int fd, struct init *init, struct testament *ret)
{
	if (fcntl(fd, F_GET_SEALS) == -1) /* only a memory file has them */
		return -errno;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (lseek(fd, 0, SEEK_SET) == -1)
		return -errno;
	int r = read_all(fd, ret, sizeof(*ret));
	if (r == 0)
		r = check_header(fd, ret);
	if (r == 0 && ret->guarded != 0)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (r == 0)
		r = read_spans(fd, init, ret);
	if (r == 0 && !makes_sense(init, ret))
		r = -EBADMSG;
	if (r < 0)
		return r;
	ret->comm[sizeof(ret->comm) - 1] = '\0';
	(void)prctl(PR_SET_NAME, ret->comm, 0, 0, 0);
	return 0;
}
