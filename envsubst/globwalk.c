#include "envsubst/globwalk.h"

#include "envsubst/room.h"

#include "core/guard_heap.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 1024

/* How far a pattern has come: what it is about to match. */
struct state {
	const struct globwalk_pattern *pattern;
	size_t at;
};

struct states {
	struct state *item;
	size_t count;
	size_t room;
};

/* A directory, or what may be one, and the patterns that go on there. */
struct place {
	char *path;
	bool link;
	struct states states;
};

struct places {
	struct place *item;
	size_t count;
	size_t room;
};

struct walk {
	struct glob_files *files;
	bool tangled; /* a pattern leads upwards: places may come twice */
	uint64_t *seen;
	size_t seen_count;
	size_t seen_room; /* a power of two */
	unsigned depth;
	int error;
};

/* ---- lists ------------------------------------------------------------ */

/* Room for one more, or false; item is the address of the list's pointer. */
static bool
make_room(struct walk *w, void *item, size_t count, size_t *room, size_t size)
{
	if (room_for_one(item, room, count, size) == 0)
		return true;
	w->error = -ENOMEM;
	return false;
}

static void
add_state(struct walk *w, struct states *l, struct state s)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->item[i].pattern == s.pattern && l->item[i].at == s.at)
			return;
	if (make_room(w, &l->item, l->count, &l->room, sizeof(s)))
		l->item[l->count++] = s;
}

static void
free_places(struct places *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].path);
		free(l->item[i].states.item);
	}
	free(l->item);
}

/* The path moves into the list, or is freed. */
static struct place *
add_place(struct walk *w, struct places *l, char *path, bool link)
{
	struct place p = { .path = path, .link = link };
	for (size_t i = l->count; path != NULL && i-- > 0;) {
		if (strcmp(l->item[i].path, path) != 0)
			continue;
		free(path);
		return &l->item[i];
	}
	if (path == NULL ||
	    !make_room(w, &l->item, l->count, &l->room, sizeof(p))) {
		w->error = -ENOMEM;
		free(path);
		return NULL;
	}
	l->item[l->count] = p;
	return &l->item[l->count++];
}

static char *
join(const char *dir, const char *name)
{
	char *path = NULL;
	const char *slash = strcmp(dir, "/") == 0 ? "" : "/";
	return asprintf(&path, "%s%s%s", dir, slash, name) == -1 ? NULL : path;
}

static char *
parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* One step by name: "..", which knows nothing of links, "." or a child. */
static char *
step(const char *path, const char *name)
{
	if (name[0] == '\0' || strcmp(name, ".") == 0)
		return strdup(path);
	return strcmp(name, "..") == 0 ? parent_of(path) : join(path, name);
}

static void
add_file(struct walk *w, char *path, bool known)
{
	struct glob_files *f = w->files;
	struct stat st;
	if (path == NULL) {
		w->error = -ENOMEM;
		return;
	}
	if ((known || (lstat(path, &st) == 0 && S_ISREG(st.st_mode))) &&
	    make_room(w, &f->path, f->count, &f->room, sizeof(*f->path)))
		f->path[f->count++] = path;
	else
		free(path);
}

/* ---- states ----------------------------------------------------------- */

static const struct segment *
segment_of(struct state s)
{
	return &s.pattern->segment[s.at];
}

static bool
has_more(struct state s)
{
	return s.at + 1 < s.pattern->count;
}

static struct state
rest_of(struct state s)
{
	return (struct state){ s.pattern, s.at + 1 };
}

static bool
is_up(const struct segment *s)
{
	return s->kind == SEGMENT_LITERAL && strcmp(s->name, "..") == 0;
}

/* Literals that mean the directory itself, or the one above. */
static bool
is_dots(const struct segment *s)
{
	return s->kind == SEGMENT_LITERAL &&
	       (s->name[0] == '\0' || strcmp(s->name, ".") == 0 || is_up(s));
}

static bool
may_follow(struct state s)
{
	return s.at > 0 && !s.pattern->spent[s.at];
}

/* ---- where patterns begin --------------------------------------------- */

static uint64_t
key_of(const char *path, struct state s)
{
	uint64_t h = UINT64_C(14695981039346656037);
	uint64_t more[] = { (uintptr_t)s.pattern, s.at };
	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * UINT64_C(1099511628211);
	for (size_t i = 0; i < 16 * ARRAY_LEN(more); i++)
		h = (h ^ (more[i / 16] >> i % 16 * 4 & 15)) *
		    UINT64_C(1099511628211);
	return h == 0 ? 1 : h;
}

static void
put_key(uint64_t *table, size_t room, uint64_t key)
{
	size_t i = key & (room - 1);
	while (table[i] != 0 && table[i] != key)
		i = (i + 1) & (room - 1);
	table[i] = key;
}

/* Whether the state has been there before; remembers it. */
static bool
is_known(struct walk *w, const char *path, struct state s)
{
	uint64_t key = key_of(path, s);
	if (!w->tangled)
		return false;
	if (w->seen_count * 2 >= w->seen_room) {
		size_t room = w->seen_room == 0 ? 256 : w->seen_room * 2;
		uint64_t *grown = calloc(room, sizeof(*grown));
		if (grown == NULL) {
			w->error = -ENOMEM;
			return true;
		}
		for (size_t i = 0; i < w->seen_room; i++)
			if (w->seen[i] != 0)
				put_key(grown, room, w->seen[i]);
		free(w->seen);
		w->seen = grown;
		w->seen_room = room;
	}
	size_t i = key & (w->seen_room - 1);
	while (w->seen[i] != 0 && w->seen[i] != key)
		i = (i + 1) & (w->seen_room - 1);
	bool known = w->seen[i] == key;
	w->seen[i] = key;
	w->seen_count += !known;
	return known;
}

static void
add_target(struct walk *w, struct places *to, const char *path, struct state s)
{
	if (strlen(path) >= PATH_MAX || is_known(w, path, s))
		return;
	struct place *p = add_place(w, to, strdup(path), false);
	if (p != NULL)
		add_state(w, &p->states, s);
}

static void
begin_globstar(struct walk *w, const char *path, bool link, struct state s,
    struct places *to)
{
	if (!link || may_follow(s))
		add_target(w, to, path, s);
	if (!has_more(s)) {
		add_file(w, strdup(path), false);
		return;
	}
	struct state rest = rest_of(s);
	if (!is_up(segment_of(rest)) || !has_more(rest))
		return;
	autofree char *parent = parent_of(path);
	if (parent != NULL)
		add_target(w, to, parent, rest_of(rest));
}

/* Go by names as far as there are any; then it takes reading directories. */
static void
begin(
    struct walk *w, const struct place *from, struct state s, struct places *to)
{
	bool absolute = s.at == 0 && s.pattern->count > 1 &&
			segment_of(s)->kind == SEGMENT_LITERAL &&
			segment_of(s)->name[0] == '\0' &&
			segment_of(s)->glob[0] == '\0';
	autofree char *path = strdup(absolute ? "/" : from->path);
	bool link = from->link && !absolute;

	s.at += absolute;
	while (path != NULL && segment_of(s)->kind == SEGMENT_LITERAL &&
	       has_more(s)) {
		char *next = step(path, segment_of(s)->name);
		free(path);
		path = next;
		link = false;
		s.at++;
	}
	if (path == NULL) {
		w->error = -ENOMEM;
		return;
	}
	if (segment_of(s)->kind == SEGMENT_GLOBSTAR)
		begin_globstar(w, path, link, s, to);
	else if (segment_of(s)->kind == SEGMENT_PATTERN)
		add_target(w, to, path, s);
	else if (!is_dots(segment_of(s)))
		add_file(w, join(path, segment_of(s)->name), false);
}

/* ---- an entry of a directory ------------------------------------------ */

struct entry {
	const char *dir;
	const char *name;
	unsigned char type; /* DT_REG... */
	struct places *next;
	struct states *again; /* what goes on in the directory itself */
};

static void
go_on(struct walk *w, const struct entry *e, struct state s)
{
	if (e->type != DT_DIR && e->type != DT_LNK)
		return;
	struct places *l = e->next;
	struct place *last = l->count > 0 ? &l->item[l->count - 1] : NULL;
	/* the states of one entry come in a row */
	const char *name = last == NULL ? NULL : strrchr(last->path, '/') + 1;
	if (name == NULL || strcmp(name, e->name) != 0)
		last = NULL;
	if (last == NULL) {
		struct place p = { join(e->dir, e->name), e->type == DT_LNK,
			{ 0 } };
		if (p.path == NULL || strlen(p.path) >= PATH_MAX ||
		    !make_room(w, &l->item, l->count, &l->room, sizeof(p))) {
			w->error = p.path == NULL ? -ENOMEM : w->error;
			free(p.path);
			return;
		}
		assert(l->item != NULL);
		l->item[l->count] = p;
		last = &l->item[l->count++];
	}
	add_state(w, &last->states, s);
}

static void
matched(struct walk *w, const struct entry *e, struct state s)
{
	if (has_more(s))
		go_on(w, e, rest_of(s));
	else if (e->type == DT_REG)
		add_file(w, join(e->dir, e->name), true);
}

static void
test(struct walk *w, const struct entry *e, struct state s)
{
	const struct segment *p = segment_of(s);
	if (p->kind == SEGMENT_PATTERN ? segment_match(p, e->name)
				       : strcmp(p->name, e->name) == 0)
		matched(w, e, s);
}

static void
test_globstar(struct walk *w, const struct entry *e, struct state s)
{
	bool more = has_more(s);
	if (e->name[0] != '.') {
		if (!more && e->type == DT_REG)
			matched(w, e, s);
		if (e->type != DT_LNK) {
			go_on(w, e, s);
		} else if (more && may_follow(s)) {
			go_on(w, e, rest_of(s));
		} else if (may_follow(s)) {
			s.pattern->spent[s.at] = true;
			go_on(w, e, s);
		}
	}
	if (!more)
		return;
	struct state rest = rest_of(s);
	if (is_up(segment_of(rest)))
		add_state(w, e->again, rest);
	else if (!is_dots(segment_of(rest)) &&
		 segment_of(rest)->kind != SEGMENT_GLOBSTAR)
		test(w, e, rest);
}

static unsigned char
type_of(int dir, const struct dirent *d)
{
	struct stat st;
	if (d->d_type != DT_UNKNOWN)
		return d->d_type;
	if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return DT_UNKNOWN;
	return S_ISREG(st.st_mode)   ? DT_REG
	       : S_ISDIR(st.st_mode) ? DT_DIR
	       : S_ISLNK(st.st_mode) ? DT_LNK
				     : DT_UNKNOWN;
}

static void process(struct walk *w, const struct place *from);

/* The original's order, which decides which link a "**" enters. */
static int
backwards(const void *a, const void *b)
{
	const struct place *one = a;
	const struct place *other = b;
	return strcmp(other->path, one->path);
}

static void
read_directory(struct walk *w, const struct place *p, struct places *next,
    struct states *again)
{
	DIR *dir = opendir(p->path);
	const struct dirent *d;

	while (dir != NULL && w->error == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		struct entry e = { p->path, d->d_name, type_of(dirfd(dir), d),
			next, again };
		for (size_t i = 0; i < p->states.count; i++) {
			struct state s = p->states.item[i];
			if (segment_of(s)->kind == SEGMENT_GLOBSTAR)
				test_globstar(w, &e, s);
			else
				test(w, &e, s);
		}
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* One directory with the patterns that look into it, and all below. */
static void
look_into(struct walk *w, const struct place *p)
{
	struct places next = { 0 };
	struct place again = { .path = p->path };

	read_directory(w, p, &next, &again.states);
	if (next.count > 1)
		qsort(next.item, next.count, sizeof(*next.item), backwards);
	for (size_t i = 0; i < next.count && w->error == 0; i++)
		process(w, &next.item[i]);
	if (again.states.count > 0)
		process(w, &again);
	free(again.states.item);
	free_places(&next);
}

static void
process(struct walk *w, const struct place *from)
{
	struct places targets = { 0 };

	if (w->depth == DEPTH_MAX)
		return;
	w->depth++;
	for (size_t i = 0; i < from->states.count && w->error == 0; i++)
		begin(w, from, from->states.item[i], &targets);
	for (size_t i = 0; i < targets.count && w->error == 0; i++)
		look_into(w, &targets.item[i]);
	free_places(&targets);
	w->depth--;
}

int
globwalk_run(const struct globwalk_pattern *list, size_t count,
    const char *from, struct glob_files *files)
{
	struct walk w = { .files = files };
	struct place start = { .path = strdup(from) };

	if (start.path == NULL)
		w.error = -ENOMEM;
	for (size_t i = 0; i < count && w.error == 0; i++) {
		for (size_t k = 1; k < list[i].count; k++)
			w.tangled |= is_up(&list[i].segment[k]);
		add_state(&w, &start.states, (struct state){ &list[i], 0 });
	}
	if (w.error == 0)
		process(&w, &start);
	free(start.path);
	free(start.states.item);
	free(w.seen);
	return w.error;
}
