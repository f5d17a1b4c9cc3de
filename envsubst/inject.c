#include "envsubst/inject.h"

#include "envsubst/asked.h"
#include "envsubst/declare.h"
#include "envsubst/depend.h"
#include "envsubst/engine.h"
#include "envsubst/modes.h"
#include "envsubst/grounds.h"
#include "envsubst/scan.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard_heap.h"
#include "core/jail.h"
#include "core/log.h"
#include "core/role.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROOTS_MAX 16

/* One asset root. */
struct root {
	char *given;
	char *example;
	char *output;
	char *store;
	char *csp_given;
	char *csp; /* absolute; NULL: nobody wants the hashes */
	struct grounds at;
	struct asked asked;
};

struct inject {
	struct root *root; /* ROOTS_MAX of them */
	size_t count;
	struct variables variables;
	struct tally tally;
	int64_t us; /* that the work took */
};

/* ---- what is asked for ------------------------------------------------ */

static int
add_root(struct inject *in, const struct wire_msg *msg, struct failure *f)
{
	if (in->count == ROOTS_MAX)
		return failure_set(f, EXITS_CONFIG,
		    "cannot substitute over %d asset roots", ROOTS_MAX);
	struct root *r = &in->root[in->count++];
	r->given = strdup(msg->field[INJECT_ROOT_ROOT].ptr);
	r->example = strdup(msg->field[INJECT_ROOT_EXAMPLE].ptr);
	r->output = strdup(msg->field[INJECT_ROOT_OUTPUT].ptr);
	r->store = strdup(msg->field[INJECT_ROOT_STORE].ptr);
	r->at = (struct grounds){ r->given, r->output, r->store, NULL, NULL,
		NULL, NULL };
	r->csp_given = strdup(msg->field[INJECT_ROOT_CSP].ptr);
	if (!r->given || !r->example || !r->output || !r->store ||
	    !r->csp_given)
		return failure_os(f, -ENOMEM, "remember the asset roots");
	int e = asked_read(msg, &r->asked);
	return e < 0 ? failure_os(f, e, "remember the asset roots") : 0;
}

/* 0: go; 1: PID 1 is gone; -1. */
static int
take_setup(struct inject *in, struct failure *f)
{
	struct wire_msg msg;
	for (;;) {
		int r = role_recv(NEVER, &msg);
		if (r == 0)
			return 1;
		if (msg.type == WIRE_GO)
			return 0;
		if (msg.type != WIRE_INJECT_ROOT)
			return failure_set(f, EXITS_INTERNAL,
			    "cannot use message %s from PID 1",
			    wire_name(msg.type));
		if (add_root(in, &msg, f) < 0)
			return -1;
	}
}

static int
declare(struct inject *in, struct failure *f)
{
	struct declared list[ROOTS_MAX];
	for (size_t i = 0; i < in->count; i++) {
		struct root *r = &in->root[i];
		if (!r->asked.listed &&
		    declare_read(r->example, &r->asked.names, f) < 0)
			return -1;
		int e = asked_find_names(&r->asked, f);
		if (e == 0)
			e = declare_ask(&in->variables, &r->asked.names, f);
		if (e != 0)
			return e;
		list[i] = (struct declared){
			.example =
			    r->asked.listed ? "\"variables\"" : r->example,
			.names = &r->asked.names,
			.lenient = asked_is_lenient(&r->asked),
			.allow = (const char *const *)r->asked.allow,
			.allows = r->asked.allows,
		};
	}
	return declare_check(&in->variables, list, in->count, f);
}

/* ---- the work, and what it may reach ----------------------------------- */

static int
check_apart(const struct inject *in, struct failure *f)
{
	const struct grounds *list[ROOTS_MAX];
	for (size_t i = 0; i < in->count; i++)
		list[i] = &in->root[i].at;
	return grounds_check_apart(list, in->count, f);
}

static int
place_csp(struct root *r, struct failure *f)
{
	int e = r->csp_given[0] == '\0'
		    ? 0
		    : grounds_absolute(r->csp_given, &r->csp);
	return e < 0 ? failure_os(f, e, "place the hashes %s", r->csp_given)
		     : 0;
}

static const char *
parent_of(const char *path, char parent[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	int len = slash == path ? 1 : (int)(slash - path);
	(void)snprintf(parent, PATH_MAX, "%.*s", len, path);
	return parent;
}

/*
 * What is there already is enough; what is to be made needs its parent, which
 * is then written into `parent`.
 */
static const char *
nearest(const char *path, char parent[PATH_MAX])
{
	if (access(path, F_OK) == 0)
		return path;
	return parent_of(path, parent);
}

static int
enter_jail(const struct inject *in, struct failure *f)
{
	const char *readable[2 * ROOTS_MAX + 1] = { 0 };
	const char *writable[3 * ROOTS_MAX + 1] = { 0 };
	autofree char *parents = calloc(2 * ROOTS_MAX, PATH_MAX);
	size_t n = 0;
	size_t read = 0;

	if (parents == NULL)
		return failure_os(f, -ENOMEM, "enter the jail");
	for (size_t i = 0; i < in->count; i++) {
		const struct grounds *r = &in->root[i].at;
		const char *other = r->output != NULL ? r->output : r->store;
		readable[read++] = r->path;
		if (r->index != NULL)
			readable[read++] = r->index;
		writable[n++] = nearest(other, parents + i * PATH_MAX);
		if (r->output == NULL)
			writable[n++] = r->path;
		if (in->root[i].csp != NULL)
			writable[n++] = parent_of(in->root[i].csp,
			    parents + (ROOTS_MAX + i) * PATH_MAX);
	}
	role_jail(&(struct jail){
	    .give_up = JAIL_EXEC | JAIL_NET | JAIL_LISTEN | JAIL_CONNECT |
		       JAIL_ADMIN | JAIL_KILL | JAIL_FILES,
	    .readable = readable,
	    .writable = writable,
	});
	return 0;
}

/* ---- the work --------------------------------------------------------- */

static int
run_engine(const struct root *r, const struct modes_wish *wish,
    struct tally *ret, struct failure *f)
{
	struct modes modes;
	struct text csp = TEXT_MAX(DEPEND_CSP_MAX);
	struct depend depend = r->asked.depend;
	struct hook hooks[2];
	struct job job = {
		.root = r->at.path,
		.output = r->at.output,
		.store = r->at.store,
		.index = r->at.index,
	};

	if (modes_make(wish, &modes, &job, &hooks[0], f) < 0)
		return -1;
	job.hook_count = hooks[0].run != NULL;
	hooks[job.hook_count++] = depend_hook(&depend);
	job.hooks = hooks;
	depend.csp = r->csp == NULL ? NULL : &csp;
	int e = engine_run(&job, ret, f);
	depend_end(&depend);
	if (e == 0 && r->csp != NULL)
		e = depend_save(&csp, r->csp, f);
	text_free(&csp);
	modes_free(&modes);
	return e;
}

/* The tree holds nothing for these variables: a mistake more often than not. */
static void
warn_of_nothing(const struct root *r, const struct tally *tally)
{
	static const char *const hint[MODES] = {
		[MODES_META] =
		    "does the page hold JSON.parse('\"" SCAN_WORD "\"')?",
		[MODES_EXPAND] = "does a file hold ${NAME} of one of them?",
		[MODES_TOKEN] = "does a file hold a token of one of them?",
		[MODES_FILE] = "does a page load the file by its name?",
	};
	const struct modes_wish *w = &r->asked.wish;

	if (tally->placeholders > 0 || (w->kind == MODES_FILE && !w->hash))
		return;
	log_warn(0, "no placeholder in the %llu files of %s (%s)",
	    (unsigned long long)tally->scanned, r->given, hint[w->kind]);
}

static int
substitute(struct inject *in, struct root *r, struct failure *f)
{
	const struct modes_wish *wish;
	struct tally tally = { 0 };

	int e = asked_wish(&r->asked, &in->variables, &wish);
	if (e < 0)
		return failure_os(f, e, "write out the values");
	if (run_engine(r, wish, &tally, f) < 0)
		return -1;
	warn_of_nothing(r, &tally);
	in->tally.scanned += tally.scanned;
	in->tally.rewritten += tally.rewritten;
	in->tally.dependents += tally.dependents;
	in->tally.edits += tally.edits;
	in->tally.read += tally.read;
	return 0;
}

/* 0: done; 1: PID 1 is gone; -1. */
static int
work(struct inject *in, struct failure *f)
{
	int e = take_setup(in, f);
	if (e == 0)
		e = declare(in, f);
	for (size_t i = 0; e == 0 && i < in->count; i++)
		e = grounds_place(&in->root[i].at, f) < 0
			? -1
			: place_csp(&in->root[i], f);
	if (e == 0)
		e = check_apart(in, f);
	if (e == 0)
		e = enter_jail(in, f);
	int64_t began = clock_us();
	for (size_t i = 0; e == 0 && i < in->count; i++)
		e = substitute(in, &in->root[i], f);
	in->us = clock_us() - began;
	return e;
}

static void
end(struct inject *in)
{
	declare_free(&in->variables);
	for (size_t i = 0; i < in->count; i++) {
		struct root *r = &in->root[i];
		asked_free(&r->asked);
		free(r->given);
		free(r->example);
		free(r->output);
		free(r->store);
		free(r->csp_given);
		free(r->csp);
		grounds_free(&r->at);
	}
	free(in->root);
}

static void
report(const struct inject *in)
{
	const struct tally *t = &in->tally;
	role_send(&(struct wire_msg){
	    .type = WIRE_INJECT_DONE,
	    .fd = -1,
	    .field = {
		[INJECT_DONE_SCANNED] = WIRE_NUM((int64_t)t->scanned),
		[INJECT_DONE_REWRITTEN] = WIRE_NUM((int64_t)t->rewritten),
		[INJECT_DONE_DEPENDENTS] = WIRE_NUM((int64_t)t->dependents),
		[INJECT_DONE_PLACEHOLDERS] = WIRE_NUM((int64_t)t->edits),
		[INJECT_DONE_READ] = WIRE_NUM((int64_t)t->read),
		[INJECT_DONE_US] = WIRE_NUM(in->us),
	    },
	});
}

int
inject_main(void)
{
	static struct inject in; /* too much for a stack, both of them */
	static struct failure f;

	in.root = calloc(ROOTS_MAX, sizeof(*in.root));
	int e = in.root == NULL
		    ? failure_os(&f, -ENOMEM, "remember the asset roots")
		    : work(&in, &f);
	int code = e < 0 ? f.code : EXITS_OK;
	if (e < 0)
		role_fail(f.code, "%s", f.text);
	if (e == 0)
		report(&in);
	end(&in);
	return code;
}
