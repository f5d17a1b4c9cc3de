#include "envsubst/depend.h"

#include "envsubst/chain.h"
#include "envsubst/ledger.h"
#include "envsubst/files.h"
#include "envsubst/maps.h"
#include "envsubst/weave.h"

#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a policy's source list has for this part of a page. */
static void
put_hash(struct text *t, const char *path, const struct chain_part *part)
{
	char hash[MENTION_LEN_MAX];
	size_t n = mention_write(
	    MENTION_BASE64, SUMS_SHA256, part->node.now.of[SUMS_SHA256], hash);

	text_str(t, "'sha256-");
	text_add(t, hash, n);
	text_str(t, part->style ? "=' style " : "=' script ");
	/* a name is anybody's bytes, and a line is one hash */
	for (; *path != '\0'; path++)
		text_add(t, (unsigned char)*path < ' ' ? "?" : path, 1);
	text_add(t, "\n", 1);
}

static void
put_hashes(struct text *t, const struct chain *ch)
{
	for (size_t i = 0; i < ch->count; i++) {
		const struct chain_item *item = &ch->item[i];
		for (size_t k = 0; item->given && k < item->parts; k++)
			if (!item->part[k].data)
				put_hash(t, item->path, &item->part[k]);
	}
}

/* At a start only the files need be read that mention one of the tree. */
static int
note(const struct depend *d, struct changes *c, struct failure *f)
{
	struct depend alone = { .siblings = DEPEND_KEEP, .reader = d->reader };
	struct chain ch = { .changes = c, .options = &alone };
	int r = d->no_digests ? 0 : chain_collect_all(&ch, f);

	for (size_t i = 0; r == 0 && i < ch.count; i++)
		if (ch.item[i].cites > 0)
			(void)changes_note(c, ch.item[i].path);
	chain_free(&ch);
	return r;
}

static int
run(void *depend, struct changes *c, struct failure *f)
{
	const struct depend *d = depend;
	struct chain ch = { .changes = c, .options = d };

	if (changes_indexing(c))
		return note(d, c, f);
	if (changes_count(c) == 0)
		return 0;
	if (!d->no_maps && maps_follow(c, f) < 0)
		return -1;
	int r = chain_collect(&ch, f);
	if (r == 0 && ch.ledger.full)
		log_warn(0,
		    "more than %zu digests in the tree: those behind are not "
		    "kept true",
		    LEDGER_MAX);
	if (r == 0)
		r = weave_all(&ch, f);
	if (r == 0 && d->csp != NULL)
		put_hashes(d->csp, &ch);
	chain_free(&ch);
	return r;
}

static int
see(void *depend, const struct seen *piece)
{
	const struct depend *d = depend;
	return ledger_see(d->reader, piece);
}

struct hook
depend_hook(struct depend *d)
{
	d->reader = d->no_digests ? NULL : ledger_reader_new();
	return (struct hook){ .run = run,
		.arg = d,
		.see = d->reader == NULL ? NULL : see,
		.notes = d->reader != NULL };
}

void
depend_end(struct depend *d)
{
	ledger_reader_free(d->reader);
	d->reader = NULL;
}

static int
save_in(int dir, const char *name, const struct text *csp)
{
	static const char own[] = FILES_TEMP "csp";
	autoclose int fd = -1;

	int r = files_create(dir, own, 0644, &fd);
	if (r == 0)
		r = files_write(fd, csp->data, csp->len);
	if (r == 0)
		r = files_rename(dir, own, name);
	if (r < 0)
		(void)files_remove(dir, own);
	return r;
}

/* A pipe or a terminal cannot be replaced. */
static int
save_to(const char *path, const struct text *csp)
{
	/* nobody may be at the other end of a pipe */
	autoclose int fd =
	    open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fcntl(fd, F_SETFL, 0) == -1)
		return -errno;
	return files_write(fd, csp->data, csp->len);
}

int
depend_save(const struct text *csp, const char *path, struct failure *f)
{
	struct stat st;
	const char *slash = strrchr(path, '/');
	size_t len =
	    slash == NULL || slash == path ? 1 : (size_t)(slash - path);
	autofree char *parent = strndup(slash == NULL ? "." : path, len);
	autoclose int dir = -1;

	if (parent == NULL || csp->failed)
		return failure_os(f, -ENOMEM, "write the hashes to %s", path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		int e = save_to(path, csp);
		return e < 0 ? failure_os(f, e, "write the hashes to %s", path)
			     : 0;
	}
	int r = files_open_root(parent, &dir);
	if (r == 0)
		r = save_in(dir, slash == NULL ? path : slash + 1, csp);
	return r < 0 ? failure_os(f, r, "write the hashes to %s", path) : 0;
}
