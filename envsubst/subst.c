#include "envsubst/subst.h"

#include "envsubst/depend.h"
#include "envsubst/engine.h"
#include "envsubst/files.h"
#include "envsubst/grounds.h"
#include "envsubst/index.h"
#include "envsubst/subst_names.h"
#include "envsubst/subst_options.h"
#include "envsubst/subst_paths.h"
#include "envsubst/subst_report.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CSP_MAX ((size_t)4 * 1024 * 1024)

struct run {
	struct subst_options o;
	struct subst_paths paths;
	struct subst_report report;
	struct text csp;
};

/* What a mode needs; modes_make has what the engine needs. */
static struct modes_wish
wish_of(const struct run *r, const struct subst_names *n)
{
	struct modes_wish w = r->o.wish;
	w.var = n->var;
	w.count = n->names.count;
	w.prefix = r->o.prefixes.item;
	w.prefixes = r->o.prefixes.count;
	w.all = n->all;
	w.pattern = r->o.patterns.item;
	w.patterns = r->o.patterns.count;
	return w;
}

/* ---- a tree ----------------------------------------------------------- */

static int
run_job(
    struct run *r, const struct grounds *at, struct job *job, struct failure *f)
{
	struct tally tally = { 0 };
	int e;

	if (r->o.index) {
		autofree char *path = NULL;
		e = index_default(at->path, &path);
		if (e < 0)
			return failure_os(f, e, "place the index");
		e = engine_index(job, path, &tally, f);
	} else {
		e = engine_run(job, &tally, f);
	}
	if (e < 0)
		return -1;
	if (tally.placeholders == 0 && r->o.wish.kind != MODES_FILE)
		log_warn(0, "no placeholder in the %llu files of %s",
		    (unsigned long long)tally.scanned, at->given);
	subst_report_root(&r->report, job, &tally);
	return 0;
}

static int
substitute(struct run *r, const struct grounds *at, struct failure *f)
{
	const struct subst_options *o = &r->o;
	const struct subst_wants wants = { &r->paths, at->path };
	struct depend depend = o->depend;
	struct hook hooks[2];
	struct subst_names names;
	struct modes modes;
	struct job job = {
		.root = at->path,
		.output = at->output,
		.store = at->store,
		.index = at->index,
		.wants = r->paths.filtered ? subst_paths_want : NULL,
		.wants_arg = &wants,
		.flags = (o->allow_leftover ? JOB_ALLOW_LEFTOVER : 0) |
			 (o->dry_run ? JOB_DRY_RUN : 0) |
			 (o->overlay ? JOB_OVERLAY : 0),
		.tell = o->dry_run || o->json ? subst_report_tell : NULL,
		.tell_arg = &r->report,
	};

	depend.csp = o->csp != NULL ? &r->csp : NULL;
	int e = subst_names_find(o, at->given, &names, f);
	if (e == 0) {
		struct modes_wish wish = wish_of(r, &names);
		e = modes_make(&wish, &modes, &job, &hooks[0], f);
	}
	if (e == 0) {
		job.hook_count = hooks[0].run != NULL;
		hooks[job.hook_count++] = depend_hook(&depend);
		job.hooks = hooks;
		e = run_job(r, at, &job, f);
		depend_end(&depend);
		modes_free(&modes);
	}
	subst_names_free(&names);
	return e;
}

static int
check_roots(const struct run *r, struct failure *f)
{
	if (r->paths.count > 1 && (r->o.output != NULL || r->o.store != NULL))
		return failure_set(f, EXITS_USAGE,
		    "cannot use one --output or --store for %zu folders (run "
		    "once for each)",
		    r->paths.count);
	return 0;
}

/* Where they are; one that was named before is left out. */
static int
place_roots(struct run *r, struct grounds *at, const struct grounds **list,
    size_t *ret_count, struct failure *f)
{
	size_t count = 0;

	for (size_t i = 0; i < r->paths.count; i++) {
		size_t same = 0;
		at[i] = (struct grounds){ .given = r->paths.root[i],
			.output_given = r->o.output == NULL ? "" : r->o.output,
			.store_given = r->o.store == NULL ? "" : r->o.store };
		if (grounds_place(&at[i], f) < 0)
			return -1;
		while (
		    same < count && strcmp(list[same]->path, at[i].path) != 0)
			same++;
		if (same == count)
			list[count++] = &at[i];
	}
	*ret_count = count;
	return grounds_check_apart(list, count, f);
}

static int
run_roots(struct run *r, struct failure *f)
{
	size_t count = 0;
	autofree struct grounds *at = calloc(r->paths.count, sizeof(*at));
	autofree const struct grounds **list =
	    calloc(r->paths.count, sizeof(void *));

	if (at == NULL || list == NULL)
		return failure_os(f, -ENOMEM, "place the folders");
	int e = place_roots(r, at, list, &count, f);
	for (size_t i = 0; e == 0 && i < count; i++) {
		r->report.root = list[i]->path;
		e = substitute(r, list[i], f);
	}
	for (size_t i = 0; i < r->paths.count; i++)
		grounds_free(&at[i]);
	return e;
}

static int
run_trees(struct run *r, struct failure *f)
{
	const struct subst_list *words = &r->o.paths;
	if (subst_paths_find(
		r->o.root, words->item, words->count, &r->paths, f) < 0 ||
	    check_roots(r, f) < 0)
		return -1;
	if (run_roots(r, f) < 0)
		return -1;
	return r->o.csp == NULL || r->o.dry_run || r->o.index
		   ? 0
		   : depend_save(&r->csp, r->o.csp, f);
}

/* ---- a stream --------------------------------------------------------- */

/* Standard input as a file that can be read twice. */
static int
spool(int *ret_fd, struct stat *ret, struct failure *f)
{
	autoclose int fd = memfd_create("input", MFD_CLOEXEC);
	autofree char *piece = malloc(65536);
	int r = fd == -1 ? -errno : piece == NULL ? -ENOMEM : 0;

	while (r == 0) {
		ssize_t n = files_read(STDIN_FILENO, piece, 65536);
		if (n == 0)
			break;
		r = n < 0 ? (int)n : files_write(fd, piece, (size_t)n);
	}
	if (r == 0)
		r = files_stat(fd, ret);
	if (r < 0)
		return failure_os(f, r, "read standard input");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int
filter(struct job *job, struct failure *f)
{
	autoclose int fd = -1;
	struct stat st;
	struct edit_list edits = { 0 };

	if (spool(&fd, &st, f) < 0)
		return -1;
	int e = engine_find(job, fd, &st, "standard input", &edits, f);
	if (e == 0) {
		const struct engine_file file = { "standard input", fd, &st,
			&edits };
		e = engine_render(job, &file, STDOUT_FILENO, f);
	}
	edit_free(&edits);
	return e;
}

static int
run_stream(struct run *r, struct failure *f)
{
	struct subst_names names;
	struct modes modes;
	struct hook hook;
	struct job job = { .flags =
			       JOB_ALL_NAMES |
			       (r->o.allow_leftover ? JOB_ALLOW_LEFTOVER : 0) };

	int e = subst_names_find(&r->o, NULL, &names, f);
	if (e == 0) {
		struct modes_wish wish = wish_of(r, &names);
		wish.at_once = true;
		e = modes_make(&wish, &modes, &job, &hook, f);
	}
	if (e == 0) {
		e = filter(&job, f);
		modes_free(&modes);
	}
	subst_names_free(&names);
	return e;
}

static bool
is_stream(const struct subst_options *o)
{
	if (o->paths.count == 1 && strcmp(o->paths.item[0], "-") == 0)
		return true;
	return o->paths.count == 0 && o->root == NULL &&
	       o->wish.kind == MODES_EXPAND;
}

/* ---- the whole -------------------------------------------------------- */

static int
run(struct run *r)
{
	struct failure f;
	int64_t began = clock_us();

	if (is_stream(&r->o) &&
	    (r->o.wish.kind == MODES_FILE || r->o.index || r->o.dry_run ||
		r->o.json || r->o.output != NULL)) {
		log_error(0, "cannot do that with standard input (name a "
			     "folder)");
		return EXITS_USAGE;
	}
	subst_report_begin(&r->report, r->o.json, r->o.dry_run);
	r->report.index = r->o.index;
	bool stream = is_stream(&r->o);
	/* a filter is used as all of its kind are: nothing for what is unset */
	if (stream && !r->o.unset_given)
		r->o.wish.unset = FILLIN_UNSET_EMPTY;
	int e = stream ? run_stream(r, &f) : run_trees(r, &f);
	if (e < 0) {
		log_error(0, "%s", f.text);
		subst_report_fail(&r->report, &f);
	} else if (!stream) {
		subst_report_end(&r->report, clock_us() - began, r->o.quiet);
	}
	subst_report_free(&r->report);
	return e < 0 ? f.code : EXITS_OK;
}

int
subst_main(int argc, char *argv[])
{
	struct run r = { .csp = TEXT_MAX(CSP_MAX) };
	int code = EXITS_OSERR;

	int e = subst_options_read(argc, argv, &r.o, &code);
	if (e == 0)
		code = run(&r);
	text_free(&r.csp);
	subst_paths_free(&r.paths);
	subst_options_free(&r.o);
	return code;
}
