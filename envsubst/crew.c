#include "envsubst/crew.h"

#include "envsubst/files.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define BATCH 32
#define QUEUE 8

/* A directory that is kept open as long as files of it wait; by its counter. */
struct folder {
	int fd;
	unsigned refs; /* atomic */
};

struct item {
	struct folder *folder;
	size_t path; /* where it begins in the batch's text */
};

/* Paths are kept here, so that a file costs no memory of its own. */
struct batch {
	struct item item[BATCH];
	size_t count;
	size_t len;
	char text[PATH_MAX];
};

struct crew {
	const struct crew_how *how;
	struct batch filling;

	/* the folder that is walked through, by its directory and path */
	struct folder *here;
	int here_at;
	char *here_path;

	pthread_mutex_t lock;
	pthread_cond_t change;
	struct batch queue[QUEUE];
	size_t first;
	size_t waiting;
	bool closed; /* nothing more will come */
	bool failed;
	char *failed_path;
	struct failure failure;

	pthread_t thread[CREW_MAX - 1];
	size_t threads;
	size_t threads_max;
};

struct worker {
	struct crew *crew;
	size_t number;
};

/* ---- folders ---------------------------------------------------------- */

static void
drop_folder(struct folder *folder)
{
	if (folder == NULL ||
	    __atomic_sub_fetch(&folder->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	guard_close(&folder->fd);
	free(folder);
}

static bool
is_here(const struct crew *c, const struct tree_entry *e, size_t len)
{
	return c->here != NULL && c->here_at == e->at &&
	       strlen(c->here_path) == len &&
	       memcmp(c->here_path, e->path, len) == 0;
}

/* The entry's directory once more: the walk closes its own when it leaves. */
static int
enter_folder(struct crew *c, const struct tree_entry *e)
{
	size_t len = (size_t)(strlen(e->path) - strlen(e->name));
	if (is_here(c, e, len))
		return 0;
	drop_folder(c->here);
	free(c->here_path);
	c->here = NULL;
	c->here_path = strndup(e->path, len);
	struct folder *folder = calloc(1, sizeof(*folder));
	if (folder == NULL || c->here_path == NULL) {
		free(folder);
		return -ENOMEM;
	}
	folder->fd = fcntl(e->at, F_DUPFD_CLOEXEC, 0);
	if (folder->fd == -1) {
		int r = -errno;
		free(folder);
		return r;
	}
	folder->refs = 1;
	c->here = folder;
	c->here_at = e->at;
	return 0;
}

/* ---- looking ---------------------------------------------------------- */

static void
note_failure(struct crew *c, const char *path, const struct failure *f)
{
	(void)pthread_mutex_lock(&c->lock);
	if (!c->failed ||
	    (c->failed_path != NULL && strcmp(path, c->failed_path) < 0)) {
		free(c->failed_path);
		c->failed_path = strdup(path);
		c->failure = *f;
		c->failed = true;
	}
	(void)pthread_mutex_unlock(&c->lock);
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static void
do_batch(struct crew *c, size_t worker, struct batch *b)
{
	struct failure f;

	for (size_t i = 0; i < b->count; i++) {
		struct item *item = &b->item[i];
		const char *path = b->text + item->path;
		struct crew_file file = { item->folder->fd, name_of(path),
			path };
		/* failed is only ever set; to see it late costs some work */
		if (!__atomic_load_n(&c->failed, __ATOMIC_RELAXED) &&
		    c->how->look(c->how->arg, worker, &file, &f) < 0)
			note_failure(c, path, &f);
		drop_folder(item->folder);
	}
	b->count = b->len = 0;
}

/* ---- the queue -------------------------------------------------------- */

/* Under the lock; false when there is none. */
static bool
take(struct crew *c, struct batch *ret)
{
	if (c->waiting == 0)
		return false;
	*ret = c->queue[c->first];
	c->first = (c->first + 1) % QUEUE;
	c->waiting--;
	return true;
}

static void *
work(void *arg)
{
	struct worker w = *(struct worker *)arg;
	struct crew *c = w.crew;
	struct batch batch;

	free(arg);
	(void)pthread_mutex_lock(&c->lock);
	for (;;) {
		if (take(c, &batch)) {
			(void)pthread_mutex_unlock(&c->lock);
			do_batch(c, w.number, &batch);
			(void)pthread_mutex_lock(&c->lock);
			continue;
		}
		if (c->closed)
			break;
		(void)pthread_cond_wait(&c->change, &c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* One thread more, when that can be; without it the others do the work. */
static void
hire(struct crew *c)
{
	if (c->threads == c->threads_max)
		return;
	struct worker *w = malloc(sizeof(*w));
	if (w == NULL)
		return;
	*w = (struct worker){ c, c->threads + 1 };
	if (pthread_create(&c->thread[c->threads], NULL, work, w) == 0) {
		c->threads++;
		return;
	}
	free(w);
	c->threads_max = c->threads;
}

static void
hand_over(struct crew *c)
{
	bool queued = false;

	hire(c);
	(void)pthread_mutex_lock(&c->lock);
	if (c->threads > 0 && c->waiting < QUEUE) {
		c->queue[(c->first + c->waiting++) % QUEUE] = c->filling;
		(void)pthread_cond_signal(&c->change);
		queued = true;
	}
	(void)pthread_mutex_unlock(&c->lock);
	if (!queued)
		do_batch(c, 0, &c->filling);
	c->filling.count = c->filling.len = 0;
}

/* A path is shorter than PATH_MAX, as the walk made it. */
static void
add(struct crew *c, const char *path)
{
	struct batch *b = &c->filling;
	size_t size = strlen(path) + 1;

	if (b->len + size > sizeof(b->text))
		hand_over(c);
	(void)__atomic_add_fetch(&c->here->refs, 1, __ATOMIC_RELAXED);
	b->item[b->count++] = (struct item){ c->here, b->len };
	memcpy(b->text + b->len, path, size);
	b->len += size;
	if (b->count == BATCH)
		hand_over(c);
}

static int
visit(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct crew *c = arg;
	if (__atomic_load_n(&c->failed, __ATOMIC_RELAXED))
		return -1;
	int r = c->how->enter(c->how->arg, e, f);
	if (r != 1)
		return r;
	r = enter_folder(c, e);
	if (r < 0)
		return failure_os(
		    f, r, "look at %s/%s", c->how->root_name, e->path);
	add(c, e->path);
	return 0;
}

static size_t
processors(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return 1;
	int n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > CREW_MAX ? CREW_MAX : (size_t)n;
}

static void
finish(struct crew *c)
{
	struct batch batch;

	do_batch(c, 0, &c->filling);
	(void)pthread_mutex_lock(&c->lock);
	c->closed = true;
	(void)pthread_cond_broadcast(&c->change);
	while (take(c, &batch)) {
		(void)pthread_mutex_unlock(&c->lock);
		do_batch(c, 0, &batch);
		(void)pthread_mutex_lock(&c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->threads; i++)
		(void)pthread_join(c->thread[i], NULL);
	drop_folder(c->here);
	free(c->here_path);
}

int
crew_run(const struct crew_how *how, struct failure *f)
{
	autofree struct crew *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return failure_os(f, -ENOMEM, "look at %s", how->root_name);
	c->how = how;
	c->threads_max = processors() - 1;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->change, NULL);

	int r = tree_walk(how->root, how->root_name, visit, c, f);
	finish(c);
	if (c->failed) {
		*f = c->failure;
		r = -1;
	}
	free(c->failed_path);
	(void)pthread_cond_destroy(&c->change);
	(void)pthread_mutex_destroy(&c->lock);
	return r;
}
