#include "supervisor/backoff.h"
#include "supervisor/life.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

/* ---- the table, cell by cell ---- */

static unsigned
step_from(enum life_state from, enum life_event event, enum life_state *to)
{
	*to = from;
	return life_step(to, event);
}

static void
every_cell_leads_to_a_state_that_exists(void **unused)
{
	(void)unused;
	for (int s = 0; s < LIFE_STATES; s++)
		for (int e = 0; e < LIFE_EVENTS; e++) {
			enum life_state to;
			unsigned todo = step_from(
			    (enum life_state)s, (enum life_event)e, &to);
			assert_true((unsigned)to < LIFE_STATES);
			assert_int_equal(todo & ~0x1ffu, 0);
		}
}

static void
a_process_is_made_only_where_none_is(void **unused)
{
	(void)unused;
	for (int s = 0; s < LIFE_STATES; s++)
		for (int e = 0; e < LIFE_EVENTS; e++) {
			enum life_state to;
			unsigned todo = step_from(
			    (enum life_state)s, (enum life_event)e, &to);
			if (todo & LIFE_DO_SPAWN) {
				assert_false(
				    life_has_process((enum life_state)s));
				assert_true(life_has_process(to));
			}
		}
}

static bool
asks_for_a_life(enum life_event e)
{
	return e == LIFE_EV_GO || e == LIFE_EV_RESTART ||
	       e == LIFE_EV_DIED_AGAIN;
}

static void
a_way_down_leads_back_only_when_that_is_asked_for(void **unused)
{
	(void)unused;
	for (int s = LIFE_DRAINING; s < LIFE_STATES; s++)
		for (int e = 0; e < LIFE_EVENTS; e++) {
			enum life_state to;
			unsigned todo = step_from(
			    (enum life_state)s, (enum life_event)e, &to);
			if (asks_for_a_life((enum life_event)e))
				continue;
			assert_int_equal(todo & LIFE_DO_SPAWN, 0);
			assert_true(to >= LIFE_DRAINING);
			assert_true((int)to >= s || to == LIFE_KILLING);
		}
}

static void
a_stop_or_kill_leaves_no_state_that_could_live_on(void **unused)
{
	(void)unused;
	for (int s = 0; s < LIFE_STATES; s++) {
		enum life_state to;
		(void)step_from((enum life_state)s, LIFE_EV_STOP, &to);
		assert_true(life_goes_down(to) || to == LIFE_ENDED);
		(void)step_from((enum life_state)s, LIFE_EV_FORCE, &to);
		assert_true(to == LIFE_KILLING || to == LIFE_ENDED);
	}
}

static void
every_state_has_a_name_of_its_own(void **unused)
{
	(void)unused;
	for (int a = 0; a < LIFE_STATES; a++)
		for (int b = a + 1; b < LIFE_STATES; b++)
			assert_string_not_equal(life_name((enum life_state)a),
			    life_name((enum life_state)b));
}

/* ---- the model: random events against a fake clock ---- */

#define EVENTS 10000000

static const struct backoff_rules rules = { .first_ms = 100,
	.max_ms = 30000,
	.stable_ms = 10000,
	.window_ms = 120000,
	.window_count = 10 };

struct model {
	enum life_state state;
	struct backoff backoff;
	int64_t now, born, deadline;
	int processes;
	int asked_to_stop;
	int told, killed;
	int64_t stop_at;
	uint64_t random;
};

static uint32_t
dice(struct model *m, uint32_t sides)
{
	m->random = m->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(m->random >> 33) % sides;
}

static void
obey(struct model *m, unsigned todo)
{
	if (todo & LIFE_DO_SPAWN) {
		assert_int_equal(m->processes, 0);
		assert_int_equal(m->asked_to_stop, 0);
		m->processes = 1;
		m->born = m->now;
		m->deadline = INT64_MAX;
	}
	if (todo & LIFE_DO_DELAY) {
		int64_t delay = backoff_next(
		    &m->backoff.row, &rules, m->now - m->born, dice(m, 1000));
		assert_true(delay >= 0);
		assert_true(delay <= rules.max_ms + rules.max_ms / 10);
		m->deadline = m->now + delay;
	}
	if (todo & LIFE_DO_DRAIN)
		m->deadline = m->now + 500;
	if (todo & LIFE_DO_HOOK)
		m->deadline = m->now + 4500;
	if (todo & LIFE_DO_TERM) {
		assert_int_equal(m->processes, 1);
		m->told = 1;
	}
	if (todo & LIFE_DO_GRACE)
		m->deadline = m->now + 9000;
	if (todo & LIFE_DO_KILL) {
		assert_int_equal(m->processes, 1);
		m->killed = 1;
		m->deadline = INT64_MAX;
	}
	if (todo & LIFE_DO_END) {
		assert_int_equal(m->processes, 0);
		m->deadline = INT64_MAX;
	}
}

static void
happen(struct model *m, enum life_event event)
{
	/* a caller that stops for good asks for no other life */
	if (m->asked_to_stop &&
	    (asks_for_a_life(event) || event == LIFE_EV_DIED_TO_REST))
		event = LIFE_EV_DIED_FOR_GOOD;
	if (event == LIFE_EV_DIED_AGAIN || event == LIFE_EV_DIED_FOR_GOOD ||
	    event == LIFE_EV_DIED_TO_REST) {
		if (m->processes == 0)
			return; /* nobody is there who could die */
		m->processes = 0;
	}
	if (event == LIFE_EV_DEADLINE) {
		if (m->deadline == INT64_MAX)
			return;
		if (m->now < m->deadline)
			m->now = m->deadline;
	}
	if (event == LIFE_EV_STOP || event == LIFE_EV_FORCE) {
		if (!m->asked_to_stop)
			m->stop_at = m->now;
		m->asked_to_stop = 1;
	}
	obey(m, life_step(&m->state, event));
	assert_int_equal(m->processes, life_has_process(m->state));
}

static void
reborn(struct model *m)
{
	uint64_t random = m->random;
	*m = (struct model){ .deadline = INT64_MAX, .random = random };
}

/* With the clock running and the kernel obeying KILL, a stop always ends. */
static void
bring_to_an_end(struct model *m)
{
	happen(m, LIFE_EV_STOP);
	for (int i = 0; i < 6 && m->state != LIFE_ENDED; i++) {
		if (m->killed)
			happen(m, LIFE_EV_DIED_AGAIN);
		else
			happen(m, LIFE_EV_DEADLINE);
	}
	assert_int_equal(m->state, LIFE_ENDED);
	assert_int_equal(m->processes, 0);
	assert_true(m->now >= m->stop_at);
}

static void
a_million_random_events_break_no_promise(void **unused)
{
	(void)unused;
	const char *given = getenv("SEED");
	uint64_t seed =
	    given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	const char *many = getenv("EVENTS");
	long events = many ? atol(many) : EVENTS;
	struct model m = { .deadline = INT64_MAX, .random = seed };

	print_message("SEED=%llu\n", (unsigned long long)seed);
	for (long i = 0; i < events; i++) {
		m.now += dice(&m, 2000);
		enum life_event event = (enum life_event)dice(&m, LIFE_EVENTS);
		/* the machine says HOOK before anybody says that it is over */
		if (event != LIFE_EV_HOOKED || m.state == LIFE_HOOKING)
			happen(&m, event);
		if (dice(&m, 50) == 0) {
			bring_to_an_end(&m);
			reborn(&m);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_leads_to_a_state_that_exists),
		cmocka_unit_test(a_process_is_made_only_where_none_is),
		cmocka_unit_test(
		    a_way_down_leads_back_only_when_that_is_asked_for),
		cmocka_unit_test(
		    a_stop_or_kill_leaves_no_state_that_could_live_on),
		cmocka_unit_test(every_state_has_a_name_of_its_own),
		cmocka_unit_test(a_million_random_events_break_no_promise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
