#include "envsubst/settle.h"

#include "envsubst/asset.h"
#include "envsubst/files.h"

#include "core/guard.h"

#include <errno.h>
#include <string.h>

/* ---- rendering -------------------------------------------------------- */

/* An output's file is known by its bytes. */
static int
learn_now(struct changes *c, struct change *item)
{
	autoclose int fd = -1;
	struct stat st;

	if (item->now_known || !item->there || c->job->output == NULL)
		return 0;
	int r = change_open_below(c->place, item->path, &fd, &st);
	if (r == 0)
		r = digest_file(fd, &item->now);
	item->now_known = r == 0;
	return change_is_absent(r) ? 0 : r;
}

static bool
is_now(const struct change *item, const struct digest *d)
{
	return item->there && item->now_known &&
	       memcmp(&item->now, d, sizeof(*d)) == 0;
}

int
settle_render(struct changes *c, struct change *item, struct failure *f)
{
	autoclose int source = -1;
	autoclose int to = -1;
	struct stat st;

	int e = changes_open_old(c, item->path, &source, &st, f);
	if (e != 0)
		return e < 0 ? -1
			     : failure_os(f, -ENOENT, "open %s/%s",
				   c->job->root, item->path);
	struct asset asset = { c->job, item->path, source, &item->old,
		&item->edits };
	e = learn_now(c, item);
	if (e < 0)
		return failure_os(
		    f, e, "read %s/%s", c->place_name, item->path);
	if (item->now_known && asset_render(&asset, -1, &item->will, f) < 0)
		return -1;
	item->will_known = true;
	item->is_right = is_now(item, &item->will);
	if (item->is_right)
		return 0;
	item->item = c->swap.count;
	if (swap_add(&c->swap, item->path, &to, f) < 0)
		return -1;
	item->prepared = true;
	return asset_render(&asset, to, &item->will, f);
}

/* ---- settling --------------------------------------------------------- */

/* Nothing of the run is about this file: it shall be as the build has it. */
static bool
is_untouched(const struct change *item)
{
	return !item->removed && !item->prepared && !item->is_right &&
	       !item->stays;
}

/* Whether the new contents are the pristine ones. */
static int
compare_with_old(struct changes *c, struct change *item, int fd,
    const struct stat *st, struct failure *f)
{
	autoclose int old = -1;
	struct stat old_st;

	if (!item->has_old || st->st_size != item->old.st_size)
		return 0;
	int r = changes_open_old(c, item->path, &old, &old_st, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	r = asset_same(fd, old);
	if (r < 0)
		return failure_os(f, r, "read %s/%s", c->job->root, item->path);
	item->pristine = r == 1;
	return 0;
}

/* Know the new contents, and whether they are what is there or was once. */
static int
examine(struct changes *c, struct change *item, struct failure *f)
{
	autoclose int fd = -1;
	struct stat st;

	int r = changes_open_new(c, item->path, &fd, &st, f);
	if (r != 0)
		return r < 0 ? -1
			     : failure_os(f, -ENOENT, "open %s/%s",
				   c->place_name, item->path);
	r = item->will_known ? 0 : digest_file(fd, &item->will);
	if (r == 0)
		r = learn_now(c, item);
	if (r < 0)
		return failure_os(
		    f, r, "read %s/%s", c->place_name, item->path);
	item->will_known = true;
	if (compare_with_old(c, item, fd, &st, f) < 0)
		return -1;
	if (item->pristine && item->there && c->store != NULL && !item->ours)
		change_unprepare(c, item);
	else if (is_now(item, &item->will)) {
		change_unprepare(c, item);
		item->is_right = true;
	}
	return 0;
}

static int
dress(struct changes *c, struct change *item, struct failure *f)
{
	autoclose int fd = -1;
	struct stat like;

	int r = swap_open(&c->swap, item->item, &fd);
	if (r == 0 && !item->there && !item->has_old) {
		r = files_stat(c->place, &like);
		like.st_mode = 0644;
	} else {
		like = item->there && c->job->output == NULL ? item->place
							     : item->old;
	}
	if (r == 0)
		r = asset_dress(fd, &like, &item->will);
	if (r == 0 && item->pristine)
		r = files_set_time(fd, item->old.st_mtim);
	return r < 0
		   ? failure_os(f, r, "write %s/%s", c->place_name, item->path)
		   : 0;
}

/* What an earlier run has changed and this one has not. */
static int
restore(struct changes *c, struct change *item, struct failure *f)
{
	autoclose int from = -1;
	autoclose int to = -1;
	struct stat st;

	if (c->store == NULL || (item->there && !item->ours))
		return 0;
	if (!item->has_old) {
		item->removed = true;
		return 0;
	}
	int r = changes_open_old(c, item->path, &from, &st, f);
	if (r != 0)
		return r < 0 ? -1 : 0;
	item->item = c->swap.count;
	if (swap_add(&c->swap, item->path, &to, f) < 0)
		return -1;
	item->prepared = true;
	r = asset_copy(from, to);
	return r < 0 ? failure_os(
			   f, r, "restore %s/%s", c->place_name, item->path)
		     : 0;
}

/* Another name of a file that is written already: its inode is kept one. */
static int
keep_link(struct changes *c, struct change *item, struct failure *f)
{
	if (item->place.st_nlink < 2 || c->job->output != NULL)
		return 0;
	for (size_t i = 0; c->item[i] != item; i++) {
		const struct change *other = c->item[i];
		if (!other->prepared || !other->there ||
		    other->place.st_ino != item->place.st_ino ||
		    other->place.st_dev != item->place.st_dev ||
		    memcmp(&other->will, &item->will, sizeof(item->will)) != 0)
			continue;
		change_unprepare(c, item);
		size_t at = c->swap.count;
		if (swap_add_name(&c->swap, item->path, other->item, f) < 0)
			return -1;
		item->item = at;
		item->prepared = true;
		return 0;
	}
	return 0;
}

static int
settle(struct changes *c, struct change *item, struct failure *f)
{
	if (item->stays)
		return 0;
	if (is_untouched(item) && restore(c, item, f) < 0)
		return -1;
	if (item->removed) {
		change_unprepare(c, item);
		item->is_right = !item->there;
		item->pristine = !item->has_old;
		if (item->is_right)
			return 0;
		item->item = c->swap.count;
		if (swap_add_removal(&c->swap, item->path, f) < 0)
			return -1;
		item->prepared = true;
		return 0;
	}
	if (!item->prepared && !item->is_right) {
		item->pristine = true;
		return 0;
	}
	if (examine(c, item, f) < 0)
		return -1;
	if (!item->prepared)
		return 0;
	return dress(c, item, f) < 0 ? -1 : keep_link(c, item, f);
}

/* What was looked through has been counted, if it was asked for. */
static bool
is_counted(const struct job *job, const struct change *item)
{
	bool in_tree = job->output == NULL ? item->there : item->has_old;
	return in_tree &&
	       (job->wants == NULL || job->wants(job->wants_arg, item->path));
}

int
settle_all(struct changes *c, struct failure *f)
{
	for (size_t i = 0; i < c->count; i++) {
		struct change *item = c->item[i];
		if (settle(c, item, f) < 0)
			return -1;
		if (!item->prepared)
			continue;
		c->tally.rewritten++;
		c->tally.dependents += item->by_hook;
		c->tally.scanned += !is_counted(c->job, item);
	}
	return 0;
}
