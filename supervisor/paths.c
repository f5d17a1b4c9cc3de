#include "supervisor/paths.h"

#include "supervisor/binding.h"
#include "supervisor/filter.h"
#include "supervisor/init.h"
#include "supervisor/spoken.h"
#include "supervisor/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/pid1.h"

#ifndef SYS_rmdir
#define SYS_rmdir (-1)
#endif

static struct helds *
helds_of(const struct service *s)
{
	return &s->init->handover.helds;
}

static bool
has_path(const struct held *held, const struct service *s)
{
	return held->used && held->fd != -1 && held->group == s->plan->first &&
	       held->file != 0;
}

static bool
any_path(const struct service *s)
{
	const struct helds *h = helds_of(s);
	for (size_t i = 0; i < h->top; i++)
		if (has_path(&h->item[i], s))
			return true;
	return false;
}

static bool
is_its(const struct held *held, const struct stat *st)
{
	return st->st_ino == held->file && st->st_dev == held->disk &&
	       S_ISSOCK(st->st_mode);
}

void
paths_note(const struct ask *ask, struct held *held)
{
	const char *path = endpoint_path(&held->at);
	struct stat st;

	held->file = 0;
	if (path == NULL || peek_file(ask->tid, path, &st) < 0)
		return;
	held->file = st.st_ino;
	held->disk = st.st_dev;
}

bool
paths_lead_to(const struct ask *ask, const struct held *held)
{
	const char *path = endpoint_path(&held->at);
	struct stat st;

	return path != NULL && held->file != 0 &&
	       peek_file(ask->tid, path, &st) == 0 && is_its(held, &st);
}

/* ---- names ---- */

struct name {
	const char *at;
	size_t len;
};

/* The last one in so much of a path; slashes behind it do not count. */
static struct name
last_name(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] == '/')
		len--;
	size_t start = len;
	while (start > 0 && path[start - 1] != '/')
		start--;
	return (struct name){ path + start, len - start };
}

static struct name
name_of(const struct held *held)
{
	const char *path = endpoint_path(&held->at);
	return last_name(path, strlen(path));
}

static struct name
folder_name(const struct held *held)
{
	const char *path = endpoint_path(&held->at);
	return last_name(path, (size_t)(name_of(held).at - path));
}

static bool
is_same(struct name a, struct name b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* A folder that its name does not tell: "", "." and "..". */
static bool
is_anything(struct name a)
{
	return a.len == 0 || (a.at[0] == '.' && a.len == 1) ||
	       (a.len == 2 && memcmp(a.at, "..", 2) == 0);
}

/* ---- unlink ---- */

struct victim {
	int dir;
	char path[PEEK_PATH];
	struct stat st;
	bool known; /* it has been looked at */
};

static bool
look_at(const struct ask *ask, struct victim *v)
{
	v->known =
	    v->known || peek_status(ask->tid, v->dir, v->path, &v->st) == 0;
	return v->known;
}

static bool
is_folder_of(
    const struct ask *ask, const struct held *held, const struct stat *st)
{
	char folder[ENDPOINT_BYTES + 2];
	const char *path = endpoint_path(&held->at);
	size_t len = (size_t)(name_of(held).at - path);
	struct stat own;

	memcpy(folder, path, len);
	memcpy(folder + len, ".", 2);
	return peek_file(ask->tid, folder, &own) == 0 &&
	       own.st_ino == st->st_ino && own.st_dev == st->st_dev;
}

/* It removes the folder of what it believes to have removed; what somebody put
   there meanwhile stays. */
static void
empty(const struct ask *ask, struct victim *v)
{
	struct helds *h = helds_of(ask->owner);
	struct name name = last_name(v->path, strlen(v->path));

	for (size_t i = 0; i < h->top && !is_anything(name); i++) {
		struct held *held = &h->item[i];
		if (!has_path(held, ask->owner) || !held->removed)
			continue;
		struct name folder = folder_name(held);
		if ((!is_anything(folder) && !is_same(folder, name)) ||
		    !look_at(ask, v) || !is_folder_of(ask, held, &v->st))
			continue;
		if (paths_lead_to(ask, held))
			peek_unlink(ask->tid, endpoint_path(&held->at));
		held_drop(held);
	}
}

static bool
may_lose(const struct service *s, const struct held *held)
{
	return !held->listening || held_is_over(held) ||
	       (held_lives_alone(held, s->index, s->spare_of != NULL) &&
		   !service_is_followed(s));
}

static enum ask_answer
unlink_it(const struct ask *ask, struct victim *v)
{
	const struct service *s = ask->owner;
	struct helds *h = helds_of(s);
	size_t len = strlen(v->path);

	if (len == 0 || v->path[len - 1] == '/') /* no socket has such a name */
		return ASK_GO_ON;
	struct name name = last_name(v->path, len);
	for (size_t i = 0; i < h->top; i++) {
		struct held *held = &h->item[i];
		if (!has_path(held, s) || !is_same(name, name_of(held)) ||
		    may_lose(s, held) || !look_at(ask, v) ||
		    !is_its(held, &v->st))
			continue;
		held->removed = true;
		return ASK_DONE;
	}
	return ASK_GO_ON;
}

enum ask_answer
paths_unlink(const struct ask *ask, int number)
{
	bool at = number == SYS_unlinkat;
	int flags = at ? (int)ask->arg[2] : 0;
	struct victim v = { .dir = at ? (int)ask->arg[0] : AT_FDCWD };

	if (ask->owner == NULL || !any_path(ask->owner) ||
	    (flags & ~AT_REMOVEDIR) != 0 ||
	    peek_text(ask->tid, ask->arg[at], v.path, sizeof(v.path)) < 0)
		return ASK_GO_ON;
	if (number != SYS_rmdir && flags == 0)
		return unlink_it(ask, &v);
	empty(ask, &v);
	return ASK_GO_ON;
}

/* ---- connect ---- */

enum ask_answer
paths_connect(const struct ask *ask)
{
	const struct service *s = ask->owner;
	struct endpoint at;
	struct stat st;
	bool known = false;

	if (s == NULL || !any_path(s) || binding_read_address(ask, &at) < 0 ||
	    endpoint_path(&at) == NULL)
		return ASK_GO_ON;
	const char *path = endpoint_path(&at);
	struct name name = last_name(path, strlen(path));
	const struct helds *h = helds_of(s);
	for (size_t i = 0; i < h->top; i++) {
		const struct held *held = &h->item[i];
		if (!has_path(held, s) || !held->listening ||
		    held_lives_on(held, s->index, s->spare_of != NULL) ||
		    !is_same(name, name_of(held)))
			continue;
		if (!known && peek_file(ask->tid, path, &st) < 0)
			return ASK_GO_ON;
		known = true;
		if (is_its(held, &st))
			return ASK_REFUSE;
	}
	return ASK_GO_ON;
}

void
paths_tidy(const struct ask *ask)
{
	struct helds *h = helds_of(ask->owner);

	for (size_t i = 0; i < h->top; i++) {
		struct held *held = &h->item[i];
		if (has_path(held, ask->owner) && held->claims == 0 &&
		    held->spares == 0 && !paths_lead_to(ask, held))
			held_drop(held);
	}
}

/* ---- who is asked ---- */

unsigned
paths_wanted(const struct service *s)
{
	const struct helds *h = helds_of(s);
	unsigned wanted = spoken_paths(s->plan->command);

	for (size_t i = 0; i < h->top; i++)
		if (has_path(&h->item[i], s))
			wanted |= spoken_length(
			    strlen(endpoint_path(&h->item[i].at)));
	return wanted;
}

bool
paths_would_go(const struct service *s)
{
	const struct helds *h = helds_of(s);
	for (size_t i = 0; !s->minds_paths && i < h->top; i++)
		if (has_path(&h->item[i], s) && !h->item[i].given &&
		    held_lives_on(&h->item[i], s->index, s->spare_of != NULL))
			return true;
	return false;
}
