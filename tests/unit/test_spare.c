#include "supervisor/spare.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define ALL_DEEDS 0x7fu

static unsigned
step_from(enum spare_state from, enum spare_event event, enum spare_state *to)
{
	*to = from;
	return spare_step(to, event);
}

typedef void cell(enum spare_state from, enum spare_event event,
    enum spare_state to, unsigned todo);

static void
each_cell(cell *check)
{
	for (int s = 0; s < SPARE_STATES; s++)
		for (int e = 0; e < SPARE_EVENTS; e++) {
			enum spare_state to;
			unsigned todo = step_from(
			    (enum spare_state)s, (enum spare_event)e, &to);
			check(
			    (enum spare_state)s, (enum spare_event)e, to, todo);
		}
}

static void
exists(enum spare_state from, enum spare_event event, enum spare_state to,
    unsigned todo)
{
	(void)from;
	(void)event;
	assert_true((unsigned)to < SPARE_STATES);
	assert_int_equal(todo & ~ALL_DEEDS, 0);
}

static void
every_cell_leads_to_a_state_that_exists(void **unused)
{
	(void)unused;
	each_cell(exists);
}

/* The process of the one before is gone: NONE, or it has just died. */
static void
has_room(enum spare_state from, enum spare_event event, enum spare_state to,
    unsigned todo)
{
	if ((todo & SPARE_DO_SPAWN) == 0)
		return;
	assert_true(from == SPARE_NONE || event == SPARE_EV_DIED);
	assert_true(to == SPARE_BOOTING || to == SPARE_COMING);
}

static void
a_second_process_is_made_only_where_none_is(void **unused)
{
	(void)unused;
	each_cell(has_room);
}

static void
is_there_to_be_used(enum spare_state from, enum spare_event event,
    enum spare_state to, unsigned todo)
{
	const unsigned uses =
	    SPARE_DO_KILL | SPARE_DO_PROMOTE | SPARE_DO_TAKE_OVER;
	if ((todo & uses) == 0)
		return;
	assert_true(spare_has_process(from));
	assert_true(event != SPARE_EV_DIED);
	if (todo & SPARE_DO_PROMOTE)
		assert_int_equal(to, SPARE_NONE);
	if (todo & SPARE_DO_TAKE_OVER)
		assert_int_equal(to, SPARE_LEAVING);
	if (todo & SPARE_DO_KILL)
		assert_true(to == SPARE_ENDING || to == SPARE_RENEWING);
}

static void
only_one_that_lives_is_killed_or_used(void **unused)
{
	(void)unused;
	each_cell(is_there_to_be_used);
}

/* Nobody stands in its listen() for ever. */
static void
leaves_its_place_well(enum spare_state from, enum spare_event event,
    enum spare_state to, unsigned todo)
{
	if (from != SPARE_PARKED || to == SPARE_PARKED ||
	    event == SPARE_EV_DIED)
		return;
	assert_true((todo & (SPARE_DO_LET_GO | SPARE_DO_KILL)) != 0);
}

static void
one_that_is_parked_no_more_is_let_go_or_killed(void **unused)
{
	(void)unused;
	each_cell(leaves_its_place_well);
}

static void
a_stop_begins_nothing_new(void **unused)
{
	(void)unused;
	for (int s = 0; s < SPARE_STATES; s++) {
		enum spare_state to;
		unsigned todo =
		    step_from((enum spare_state)s, SPARE_EV_STOP, &to);
		assert_int_equal(todo & SPARE_DO_SPAWN, 0);

		todo = spare_step(&to, SPARE_EV_DIED);
		assert_int_equal(todo & SPARE_DO_SPAWN, 0);
		assert_int_equal(to, SPARE_NONE);
	}
}

static void
a_reload_ends_with_a_new_process_or_a_word(void **unused)
{
	static const struct {
		enum spare_event event;
		unsigned todo;
	} ends[] = {
		{ SPARE_EV_READY, SPARE_DO_TAKE_OVER },
		{ SPARE_EV_DIED, SPARE_DO_FAIL },
		{ SPARE_EV_LATE, SPARE_DO_FAIL | SPARE_DO_KILL },
		{ SPARE_EV_NEEDED, SPARE_DO_PROMOTE },
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		enum spare_state to;
		assert_int_equal(
		    step_from(SPARE_COMING, ends[i].event, &to), ends[i].todo);
	}
}

/* A parked spare has the values of yesterday. */
static void
a_reload_does_not_take_the_parked_one_but_a_swap_does(void **unused)
{
	enum spare_state to;
	(void)unused;
	assert_int_equal(
	    step_from(SPARE_PARKED, SPARE_EV_RELOAD, &to), SPARE_DO_KILL);
	assert_int_equal(spare_step(&to, SPARE_EV_DIED), SPARE_DO_SPAWN);
	assert_int_equal(to, SPARE_COMING);

	assert_int_equal(
	    step_from(SPARE_PARKED, SPARE_EV_SWAP, &to), SPARE_DO_LET_GO);
	assert_int_equal(to, SPARE_COMING);
}

/* What came up may have been started before what the reload is about. */
static void
a_reload_during_a_reload_begins_anew(void **unused)
{
	enum spare_state to;
	(void)unused;
	assert_int_equal(
	    step_from(SPARE_COMING, SPARE_EV_RELOAD, &to), SPARE_DO_KILL);
	assert_int_equal(spare_step(&to, SPARE_EV_DIED), SPARE_DO_SPAWN);
	assert_int_equal(to, SPARE_COMING);
}

static void
a_reload_during_a_drain_waits_for_its_end(void **unused)
{
	enum spare_state to;
	(void)unused;
	assert_int_equal(step_from(SPARE_LEAVING, SPARE_EV_RELOAD, &to), 0);
	assert_int_equal(spare_step(&to, SPARE_EV_DIED), SPARE_DO_SPAWN);
	assert_int_equal(to, SPARE_COMING);
}

/* A world around the machine that has the one process that it makes. */
struct world {
	enum spare_state state;
	bool alive;
	bool told_to_die;
};

static void
obey(struct world *w, unsigned todo)
{
	if (todo & SPARE_DO_KILL) {
		assert_true(w->alive);
		w->told_to_die = true;
	}
	if (todo & SPARE_DO_SPAWN) {
		assert_false(w->alive);
		w->alive = true;
		w->told_to_die = false;
	}
	if (todo & (SPARE_DO_PROMOTE)) {
		assert_true(w->alive && !w->told_to_die);
		w->alive = false; /* it is the service now */
	}
	if (todo & SPARE_DO_TAKE_OVER)
		assert_true(w->alive && !w->told_to_die);
}

static uint32_t noise;

static uint32_t
next_noise(void)
{
	noise ^= noise << 13;
	noise ^= noise >> 17;
	noise ^= noise << 5;
	return noise;
}

static void
a_million_random_events_keep_to_one_process(void **unused)
{
	struct world w = { .state = SPARE_NONE };

	(void)unused;
	noise = (uint32_t)time(NULL) | 1;
	if (getenv("SEED") != NULL)
		noise = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
	print_message("SEED=%u\n", noise);
	for (int i = 0; i < 1000000; i++) {
		enum spare_event e = next_noise() % SPARE_EVENTS;
		if (e == SPARE_EV_DIED && !w.alive)
			continue;
		if (e == SPARE_EV_DIED)
			w.alive = false;
		obey(&w, spare_step(&w.state, e));
		assert_int_equal(spare_has_process(w.state), w.alive);
	}
}

static void
every_state_has_a_name(void **unused)
{
	(void)unused;
	for (int s = 0; s < SPARE_STATES; s++)
		assert_non_null(spare_name((enum spare_state)s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_leads_to_a_state_that_exists),
		cmocka_unit_test(a_second_process_is_made_only_where_none_is),
		cmocka_unit_test(only_one_that_lives_is_killed_or_used),
		cmocka_unit_test(
		    one_that_is_parked_no_more_is_let_go_or_killed),
		cmocka_unit_test(a_stop_begins_nothing_new),
		cmocka_unit_test(a_reload_ends_with_a_new_process_or_a_word),
		cmocka_unit_test(
		    a_reload_does_not_take_the_parked_one_but_a_swap_does),
		cmocka_unit_test(a_reload_during_a_reload_begins_anew),
		cmocka_unit_test(a_reload_during_a_drain_waits_for_its_end),
		cmocka_unit_test(a_million_random_events_keep_to_one_process),
		cmocka_unit_test(every_state_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
