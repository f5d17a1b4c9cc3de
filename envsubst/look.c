#include "envsubst/look.h"

#include "envsubst/adopt.h"
#include "envsubst/crew.h"
#include "envsubst/files.h"
#include "envsubst/index.h"
#include "envsubst/room.h"
#include "envsubst/spot.h"
#include "envsubst/store.h"
#include "envsubst/sweep.h"
#include "envsubst/tree.h"

#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct search {
	struct changes *c;
	struct index *into;
	struct sweep sweep[CREW_MAX];
	char **backup; /* paths of adopt.h's, seen by the caller's thread */
	size_t backups;
	size_t backup_room;
	pthread_mutex_t lock; /* of all below, and of the set */
	char *left_path;      /* the first file with one left over */
	uint64_t left_offset;
	uint64_t left_count;
};

/* ---- what is left over ------------------------------------------------ */

int
look_left_over(const struct job *job, int fd, const char *name, uint64_t offset,
    uint64_t more, struct failure *f)
{
	struct failure warning;
	struct spot spot = SPOT_BEGIN;
	char others[64] = "";
	bool allowed = job->flags & JOB_ALLOW_LEFTOVER;

	spot_move(&spot, fd, offset);
	if (more > 0)
		(void)snprintf(others, sizeof(others),
		    ", and %" PRIu64 " more like it", more);
	(void)failure_set(allowed ? &warning : f, EXITS_CONFIG,
	    "cannot substitute %s:%" PRIu64 ":%" PRIu64 ": %s%s", name,
	    spot.line, spot.column, job->mode->left_over, others);
	if (!allowed)
		return -1;
	log_warn(0, "%s", warning.text);
	return 0;
}

static int
tell_left_over(struct search *l, struct failure *f)
{
	const struct job *job = l->c->job;
	autoclose int fd = -1;
	autofree char *name = NULL;
	struct stat st;

	if (l->left_count == 0)
		return 0;
	if (l->left_path == NULL)
		return failure_os(f, -ENOMEM, "look at %s", job->root);
	if (asprintf(&name, "%s/%s", job->root, l->left_path) == -1)
		return failure_os(f, -ENOMEM, "look at %s", job->root);
	int r = changes_open_old(l->c, l->left_path, &fd, &st, f);
	return r != 0 ? (r < 0 ? -1 : 0)
		      : look_left_over(job, fd, name, l->left_offset,
			    l->left_count - 1, f);
}

/* ---- one file --------------------------------------------------------- */

static bool
is_asked_for(const struct job *job, const char *path)
{
	return job->wants == NULL || job->wants(job->wants_arg, path);
}

static bool
may_hold_some(const struct job *job, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	return job->flags & JOB_ALL_NAMES || tree_may_hold_text(name);
}

/* Under the lock. */
static void
note_left_over(struct search *l, const char *path, const struct finding *found)
{
	if (found->left_over == 0)
		return;
	l->c->tally.left_over += found->left_over;
	if (l->c->job->mode->left_over == NULL)
		return;
	l->left_count += found->left_over;
	if (l->left_path != NULL && strcmp(path, l->left_path) >= 0)
		return;
	free(l->left_path);
	l->left_path = strdup(path);
	l->left_offset = found->left_offset;
}

static int
note_index(struct search *l, const struct change *item,
    const struct finding *found, int fd)
{
	struct digest digest;
	struct index_entry entry = {
		.path = item->path,
		.st = &item->old,
		.looked_at = true,
		.has_needle =
		    l->c->exact ? found->edits.count > 0 || found->left_over > 0
				: found->needles > 0,
		.edits = &found->edits,
	};
	int r = 0;
	if (found->edits.count > 0) {
		r = digest_file(fd, &digest);
		entry.digest = &digest;
	}
	return r < 0 ? r : index_add(l->into, &entry);
}

/* Into the set, when there is anything about that file. */
static int
note(struct search *l, struct change *item, struct finding *found, int fd)
{
	struct changes *c = l->c;
	int r = 0;

	(void)pthread_mutex_lock(&l->lock);
	note_left_over(l, item->path, found);
	c->tally.read += found->read;
	c->tally.edits += found->edits.count;
	c->tally.placeholders += found->edits.count > 0;
	if (l->into != NULL)
		r = note_index(l, item, found, fd);
	if (r == 0 && (found->edits.count > 0 || item->ours)) {
		struct change *added = change_add(c, item->path);
		r = added == NULL ? -ENOMEM : 0;
		if (r == 0) {
			item->path = added->path;
			*added = *item;
			added->edits = found->edits;
			found->edits = (struct edit_list){ 0 };
		}
	}
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

static int
failed(const struct search *l, int err, const char *path, struct failure *f)
{
	if (err == -E2BIG)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute %s/%s: more than %d places in it",
		    l->c->job->root, path, EDITS_MAX);
	return failure_os(f, err, "read %s/%s", l->c->job->root, path);
}

static int
look_into(struct search *l, size_t worker, struct change *item, int fd,
    struct failure *f)
{
	const struct job *job = l->c->job;
	autoclose int original = -1;
	struct finding found = { 0 };
	struct stat st;
	int r = 0;

	if (item->ours && item->has_old &&
	    store_open(l->c->store, item->path, &original, &st, f) < 0)
		return -1;
	int source = item->ours ? original : fd;
	bool asked = is_asked_for(job, item->path);
	item->stays = item->ours && !asked;
	if (item->has_old && asked && may_hold_some(job, item->path))
		r = sweep_file(&l->sweep[worker], source,
		    (uint64_t)item->old.st_size, item->path, &found);
	if (r == 0)
		r = note(l, item, &found, source);
	edit_free(&found.edits);
	return r < 0 ? failed(l, r, item->path, f) : 0;
}

static int
look_at_file(
    void *arg, size_t worker, const struct crew_file *file, struct failure *f)
{
	struct search *l = arg;
	const struct changes *c = l->c;
	autoclose int fd = -1;
	struct change item = { .path = (char *)(uintptr_t)file->path };

	bool known = c->store != NULL && store_knows(c->store, file->path);
	if (l->sweep[worker].room == NULL &&
	    sweep_new(c->job, &l->sweep[worker]) < 0)
		return failed(l, -ENOMEM, file->path, f);
	l->sweep[worker].worker = worker;
	int r = files_open_read(file->at, file->name, &fd, &item.place);
	if (change_is_absent(r))
		return 0; /* gone, or no longer a file */
	if (r < 0)
		return failure_os(f, r, "open %s/%s", c->job->root, file->path);
	item.there = item.has_old = true;
	item.old = item.place;
	if (known && store_recognise(c->store, fd, &item, f) < 0)
		return -1;
	return look_into(l, worker, &item, fd, f);
}

/* ---- the tree --------------------------------------------------------- */

/* A file that is skipped by its name; hooks may care for it all the same. */
static int
index_skipped(struct search *l, const struct tree_entry *e, struct failure *f)
{
	struct stat st;
	int r = files_stat_at(e->at, e->name, &st);
	if (change_is_absent(r) || (r == 0 && !S_ISREG(st.st_mode)))
		return 0;
	if (r == 0) {
		/* one that cannot be read is looked at again */
		bool some = adopt_is_backup(e->name) &&
			    l->c->job->mode->backups &&
			    adopt_holds_some(l->c->job, e->at, e->name) != 0;
		(void)pthread_mutex_lock(&l->lock);
		r = index_add(l->into,
		    &(struct index_entry){
			.path = e->path, .st = &st, .has_needle = some });
		(void)pthread_mutex_unlock(&l->lock);
	}
	return r < 0
		   ? failure_os(f, r, "look at %s/%s", l->c->job->root, e->path)
		   : 0;
}

/*
 * 1 when it need not be looked at; 0 or -errno.  Hooks must see what the index
 * does not know.  It is asked by the walk itself: a thread that is to help
 * takes longer to come than the answers do.
 */
static int
ask_index(struct search *l, const struct tree_entry *e)
{
	struct changes *c = l->c;
	int r = 0;

	unsigned answer = index_ask(c->index, e->path, e->at, e->name);
	if (answer & (INDEX_CLEAN | INDEX_SKIPPED))
		return 1;
	if (answer & INDEX_TOLD)
		return 0;
	if (!may_hold_some(c->job, e->path))
		return 1;
	(void)pthread_mutex_lock(&l->lock);
	r = change_add_stray(c, e->path);
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

static int
note_backup(struct search *l, const char *path, struct failure *f)
{
	int r = room_for_one(
	    &l->backup, &l->backup_room, l->backups, sizeof(*l->backup));
	char *copy = r < 0 ? NULL : strdup(path);
	if (copy == NULL)
		return failure_os(f, -ENOMEM, "look at %s", path);
	l->backup[l->backups++] = copy;
	return 0;
}

static int
enter(void *arg, const struct tree_entry *e, struct failure *f)
{
	struct search *l = arg;
	struct changes *c = l->c;

	if (e->kind != TREE_FILE)
		return 0;
	if (strncmp(e->name, FILES_TEMP, strlen(FILES_TEMP)) == 0) {
		/* of a run that was killed */
		if (c->store != NULL && !(c->job->flags & JOB_DRY_RUN))
			(void)files_remove(e->at, e->name);
		return 0;
	}
	if (c->job->mode->backups && l->into == NULL &&
	    adopt_is_backup(e->name) &&
	    (c->index == NULL ||
		!index_is_bare(c->index, e->path, e->at, e->name)) &&
	    note_backup(l, e->path, f) < 0)
		return -1;
	bool asked = is_asked_for(c->job, e->path);
	c->tally.scanned += asked;
	bool known = c->store != NULL && store_knows(c->store, e->path);
	if (c->index != NULL && l->into == NULL) {
		int r = ask_index(l, e);
		if (r < 0)
			return failure_os(
			    f, r, "look at %s/%s", c->job->root, e->path);
		return known || (asked && r == 0);
	}
	if (!known && !may_hold_some(c->job, e->path))
		return l->into == NULL ? 0 : index_skipped(l, e, f);
	return known || asked;
}

static int
look_through_all(struct search *l, struct failure *f)
{
	struct changes *c = l->c;
	struct crew_how how = {
		.root = c->root,
		.root_name = c->job->root,
		.arg = l,
		.enter = enter,
		.look = look_at_file,
	};
	if (crew_run(&how, f) < 0)
		return -1;
	if (l->into != NULL)
		index_sort(l->into);
	if (c->store != NULL && store_add_removed(c->store, c, f) < 0)
		return -1;
	if (change_hash(c) < 0)
		return failure_os(f, -ENOMEM, "look at %s", c->job->root);
	if (adopt_backups(c, l->backup, l->backups, f) < 0)
		return -1;
	return tell_left_over(l, f);
}

int
look_through(struct changes *c, struct index *into, struct failure *f)
{
	struct search l = { .c = c, .into = into };
	(void)pthread_mutex_init(&l.lock, NULL);
	int r = look_through_all(&l, f);
	for (size_t i = 0; i < CREW_MAX; i++)
		sweep_free(&l.sweep[i]);
	for (size_t i = 0; i < l.backups; i++)
		free(l.backup[i]);
	free(l.backup);
	free(l.left_path);
	(void)pthread_mutex_destroy(&l.lock);
	return r;
}
