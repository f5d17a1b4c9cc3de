#include "supervisor/paths.h"

#include "supervisor/binding.h"
#include "supervisor/init.h"
#include "supervisor/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "supervisor/pid1.h"

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

static struct held *
held_by_file(const struct service *s, ino_t file)
{
	struct helds *h = helds_of(s);
	for (size_t i = 0; i < h->top; i++)
		if (has_path(&h->item[i], s) && h->item[i].file == file)
			return &h->item[i];
	return NULL;
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
lives_on(const struct service *s, const struct held *held)
{
	uint64_t lives = s->spare_of == NULL ? held->claims : held->spares;
	return (lives >> s->index & 1) != 0;
}

static bool
lives_on_it_alone(const struct service *s, const struct held *held)
{
	uint64_t bit = (uint64_t)1 << s->index;
	bool spare = s->spare_of != NULL;
	return held->claims == (spare ? 0 : bit) &&
	       held->spares == (spare ? bit : 0);
}

/* ---- unlink ---- */

static ino_t
folder_of(pid_t tid, const char *path)
{
	char folder[ENDPOINT_BYTES];
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return peek_file(tid, ".");
	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash == path ? 1 : (int)(slash - path), path);
	return peek_file(tid, folder);
}

/* It removes the folder of what it believes to have removed. */
static void
empty(const struct ask *ask, ino_t folder)
{
	struct helds *h = helds_of(ask->owner);

	for (size_t i = 0; i < h->top; i++) {
		struct held *held = &h->item[i];
		if (!has_path(held, ask->owner) || !held->removed ||
		    folder_of(ask->tid, endpoint_path(&held->at)) != folder)
			continue;
		peek_unlink(ask->tid, endpoint_path(&held->at));
		held_drop(held);
	}
}

static enum ask_answer
unlink_it(const struct ask *ask, const struct stat *st)
{
	const struct service *s = ask->owner;
	struct held *held = held_by_file(s, st->st_ino);

	if (held == NULL || !S_ISSOCK(st->st_mode) || !held->listening ||
	    (lives_on_it_alone(s, held) && !service_is_followed(s)))
		return ASK_GO_ON;
	held->removed = true;
	return ASK_DONE;
}

enum ask_answer
paths_unlink(const struct ask *ask, int number)
{
	bool at = number == SYS_unlinkat;
	int dir = at ? (int)ask->arg[0] : AT_FDCWD;
	char path[PEEK_PATH];
	struct stat st;

	if (ask->owner == NULL || !any_path(ask->owner) ||
	    peek_text(ask->tid, ask->arg[at], path, sizeof(path)) < 0 ||
	    peek_status(ask->tid, dir, path, &st) < 0)
		return ASK_GO_ON;
	if (!S_ISDIR(st.st_mode))
		return unlink_it(ask, &st);
	empty(ask, st.st_ino);
	return ASK_GO_ON;
}

/* ---- connect ---- */

enum ask_answer
paths_connect(const struct ask *ask)
{
	const struct service *s = ask->owner;
	struct endpoint at;

	if (s == NULL || binding_read_address(ask, &at) < 0 ||
	    endpoint_path(&at) == NULL)
		return ASK_GO_ON;
	ino_t file = peek_file(ask->tid, endpoint_path(&at));
	const struct held *held = file == 0 ? NULL : held_by_file(s, file);
	if (held == NULL || !held->listening || lives_on(s, held))
		return ASK_GO_ON;
	return ASK_REFUSE;
}

void
paths_tidy(const struct ask *ask)
{
	struct helds *h = helds_of(ask->owner);

	for (size_t i = 0; i < h->top; i++) {
		struct held *held = &h->item[i];
		if (has_path(held, ask->owner) && held->claims == 0 &&
		    held->spares == 0 &&
		    peek_file(ask->tid, endpoint_path(&held->at)) != held->file)
			held_drop(held);
	}
}

/* ---- who is asked ---- */

static bool
speaks_of_paths(char *const text[])
{
	for (; *text != NULL; text++)
		if (strstr(*text, "unix:") != NULL ||
		    strstr(*text, ".sock") != NULL)
			return true;
	return false;
}

bool
paths_matter(const struct service *s)
{
	return any_path(s) || speaks_of_paths(s->plan->command);
}

bool
paths_would_go(const struct service *s)
{
	const struct helds *h = helds_of(s);
	for (size_t i = 0; !s->minds_paths && i < h->top; i++)
		if (has_path(&h->item[i], s) && !h->item[i].given &&
		    lives_on(s, &h->item[i]))
			return true;
	return false;
}
