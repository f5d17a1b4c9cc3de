#ifndef TESTS_UNIT_PLOT_RUN_H
#define TESTS_UNIT_PLOT_RUN_H

/* Runs of the engine over dist of a plot, with one variable: V. */

#include "envsubst/engine.h"
#include "envsubst/meta.h"

#include "core/guard_heap.h"

#include "plot.h"

static struct job job; /* what a test adds to the usual one */
static struct tally tally;
static struct failure why;

/*
 * In place, or into an output; or make an index, at the path of one.  0, or -1
 * and why.
 */
static inline int
run_job(const char *text, const char *output, const char *index)
{
	struct value v = { "V", text, strlen(text) };
	struct value_set values;
	struct needles *needles;
	struct meta meta = { .values = &values };
	autofree char *root = strdup(at("dist"));
	autofree char *other =
	    strdup(at(output == NULL ? ".dist.cradle" : output));

	assert_int_equal(value_build(&v, 1, &values), 0);
	assert_int_equal(meta_needles(&needles), 0);
	job.root = root;
	job.output = output == NULL ? NULL : other;
	job.store = output == NULL ? other : NULL;
	job.mode = &meta_mode;
	job.values = &meta;
	job.needles = needles;
	tally = (struct tally){ 0 };
	int r = index == NULL ? engine_run(&job, &tally, &why)
			      : engine_index(&job, index, &tally, &why);
	needles_free(needles);
	value_free(&values);
	return r;
}

/* A run that succeeds. */
static inline void
start_into(const char *text, const char *output)
{
	if (run_job(text, output, NULL) < 0)
		fail_msg("%s", why.text);
}

static inline void
start(const char *text)
{
	start_into(text, NULL);
}

#endif
