#include "envsubst/subst_report.h"

#include "envsubst/files.h"
#include "envsubst/saying.h"
#include "envsubst/spot.h"

#include "core/buf.h"
#include "core/fd.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JSON_MAX ((size_t)256 * 1024 * 1024)
#define SHOWN_MAX ((size_t)160)
#define PIECE ((size_t)64 * 1024)

void
subst_report_begin(struct subst_report *r, bool json, bool dry_run)
{
	*r = (struct subst_report){
		.json = json,
		.dry_run = dry_run,
		.roots = TEXT_MAX(JSON_MAX),
		.files = TEXT_MAX(JSON_MAX),
	};
}

void
subst_report_free(struct subst_report *r)
{
	text_free(&r->roots);
	text_free(&r->files);
}

/* Any bytes, as a JSON string. */
static void
add_json(struct text *to, const char *text, size_t len)
{
	size_t size = len * 6 + 3;
	autofree char *memory = malloc(size);
	struct buf b;
	if (memory == NULL) {
		to->failed = true;
		return;
	}
	buf_init(&b, memory, size);
	buf_json(&b, text, len);
	text_add(to, b.data, b.len);
}

/* ---- each file -------------------------------------------------------- */

/* A file's bytes as they can be shown in one line. */
static void
make_printable(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
		if (*c < 0x20 || *c >= 0x7f)
			*c = '?';
}

static void
show_edit(const struct spot *p, const struct edit *e, int fd, char *piece)
{
	size_t len = e->len < SHOWN_MAX ? e->len : SHOWN_MAX;
	ssize_t n = files_read_at(fd, piece, len, e->start);
	piece[n > 0 ? n : 0] = '\0';
	make_printable(piece);
	saying_add(STDOUT_FILENO,
	    "@@ %" PRIu64 ":%" PRIu64 " @@\n-%s%s\n+(hidden)\n", p->line,
	    p->column, piece, e->len > SHOWN_MAX ? "..." : "");
}

static void
add_edit(
    struct text *to, const struct spot *p, const struct edit *e, bool first)
{
	text_fmt(to,
	    "%s{\"line\":%" PRIu64 ",\"column\":%" PRIu64 ",\"offset\":%" PRIu64
	    ",\"length\":%" PRIu32 "}",
	    first ? "" : ",", p->line, p->column, e->start, e->len);
}

static void
show_name(const char *root, const char *path)
{
	autofree char *name = NULL;
	if (asprintf(&name, "%s/%s", root, path) == -1) {
		name = NULL;
		return;
	}
	make_printable(name);
	saying_add(STDOUT_FILENO, "--- %s\n+++ %s\n", name, name);
}

int
subst_report_tell(void *report, const char *path, const struct edit_list *edits,
    int source, struct failure *f)
{
	struct subst_report *r = report;
	struct spot p = SPOT_BEGIN;
	autofree char *piece = malloc(PIECE);

	if (piece == NULL)
		return failure_os(f, -ENOMEM, "report on %s", path);
	if (r->json) {
		text_str(
		    &r->files, r->files.len > 0 ? ",{\"path\":" : "{\"path\":");
		add_json(&r->files, path, strlen(path));
		text_str(&r->files, ",\"placeholders\":[");
	} else {
		show_name(r->root, path);
	}
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *e = &edits->edit[i];
		spot_move(&p, source, e->start);
		if (r->json)
			add_edit(&r->files, &p, e, i == 0);
		else
			show_edit(&p, e, source, piece);
	}
	if (r->json)
		text_str(&r->files, "]}");
	return 0;
}

/* ---- the whole -------------------------------------------------------- */

void
subst_report_root(
    struct subst_report *r, const struct job *job, const struct tally *t)
{
	r->sum.scanned += t->scanned;
	r->sum.read += t->read;
	r->sum.placeholders += t->placeholders;
	r->sum.edits += t->edits;
	r->sum.rewritten += t->rewritten;
	r->sum.dependents += t->dependents;
	r->sum.left_over += t->left_over;
	if (!r->json)
		return;
	text_str(&r->roots, r->roots.len > 0 ? ",{\"root\":" : "{\"root\":");
	add_json(&r->roots, job->root, strlen(job->root));
	if (job->output != NULL) {
		text_str(&r->roots, ",\"output\":");
		add_json(&r->roots, job->output, strlen(job->output));
	}
	text_fmt(&r->roots,
	    ",\"mode\":\"%s\",\"scanned\":%" PRIu64 ",\"read_bytes\":%" PRIu64
	    ",\"with_placeholders\":%" PRIu64 ",\"placeholders\":%" PRIu64,
	    job->mode->name, t->scanned, t->read, t->placeholders, t->edits);
	text_fmt(&r->roots,
	    ",\"rewritten\":%" PRIu64 ",\"dependents\":%" PRIu64
	    ",\"left_over\":%" PRIu64 ",\"files\":[",
	    t->rewritten, t->dependents, t->left_over);
	text_add(&r->roots, r->files.data, r->files.len);
	text_str(&r->roots, "]}");
	r->roots.failed |= r->files.failed;
	text_free(&r->files);
}

static void
print(const struct text *t)
{
	if (t->failed)
		log_warn(-ENOMEM, "cannot print the report");
	else
		(void)fd_write_all(STDOUT_FILENO, t->data, t->len);
}

void
subst_report_end(struct subst_report *r, int64_t us, bool quiet)
{
	autotext struct text all = TEXT_MAX(JSON_MAX);
	uint64_t count = r->dry_run ? r->sum.placeholders : r->sum.rewritten;

	if (!quiet && !r->json && r->index)
		log_info("assets: index of %" PRIu64 " files, %" PRIu64
			 " with placeholders, %" PRId64 " ms",
		    r->sum.scanned, r->sum.placeholders, (us + 500) / 1000);
	else if (!quiet && !r->json)
		log_info("assets: %s%" PRIu64 " of %" PRIu64 " files, %" PRId64
			 " ms",
		    r->dry_run ? "would be " : "", count, r->sum.scanned,
		    (us + 500) / 1000);
	if (!r->json)
		return;
	text_fmt(&all, "{\"ok\":true,\"dry_run\":%s,\"ms\":%.3f,\"roots\":[",
	    r->dry_run ? "true" : "false", (double)us / 1000.0);
	text_add(&all, r->roots.data, r->roots.len);
	text_str(&all, "]}\n");
	all.failed |= r->roots.failed;
	print(&all);
}

void
subst_report_fail(struct subst_report *r, const struct failure *f)
{
	autotext struct text all = TEXT_MAX(JSON_MAX);
	if (!r->json)
		return;
	text_fmt(&all, "{\"ok\":false,\"code\":%d,\"error\":", f->code);
	add_json(&all, f->text, strlen(f->text));
	text_str(&all, "}\n");
	print(&all);
}
