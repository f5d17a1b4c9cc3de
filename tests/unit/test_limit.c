#include "notify/alert.h"
#include "notify/limit.h"

#include "core/clock.h"
#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

static struct alert alert;
static struct report reports[256];
static size_t made;

static struct report *
crash(const char *service, const char *fingerprint)
{
	struct report *r = &reports[made++ % ARRAY_LEN(reports)];

	*r = (struct report){ .id = (int64_t)made, .kind = EVENT_CRASH };
	(void)snprintf(r->service, sizeof(r->service), "%s", service);
	(void)snprintf(
	    r->fingerprint, sizeof(r->fingerprint), "%s", fingerprint);
	return r;
}

static struct alert_step
take(struct report *r, int64_t now)
{
	struct alert_step step;

	alert_take(&alert, r, now, &step);
	return step;
}

static int
setup(void **unused)
{
	(void)unused;
	alert_init(&alert, SINK_SLACK);
	made = 0;
	return 0;
}

static void
every_state_knows_every_event_and_only_folding_holds_something(void **unused)
{
	(void)unused;
	for (unsigned s = 0; s < LIMIT_STATES_COUNT; s++) {
		for (unsigned e = 0; e < LIMIT_EVENTS; e++) {
			enum limit_state state = s;
			unsigned todo = limit_step(&state, e);
			bool out = todo & (LIMIT_DO_DIGEST | LIMIT_DO_FOLD);
			bool in = todo & LIMIT_DO_HOLD;

			assert_true(state < LIMIT_STATES_COUNT);
			assert_true(!out || s == LIMIT_FOLDING);
			assert_true(!in || state == LIMIT_FOLDING);
			/* leaving it hands out what is held */
			if (s == LIMIT_FOLDING && state != LIMIT_FOLDING)
				assert_true(out);
			/* whoever is remembered has a deadline */
			if (s == LIMIT_NONE && state != LIMIT_NONE)
				assert_true(todo & LIMIT_DO_ARM);
			assert_true((state == LIMIT_NONE) ==
					((todo & LIMIT_DO_FORGET) != 0) ||
				    s == LIMIT_NONE);
		}
	}
}

static void
the_first_is_told_at_once_then_digests_after_1_5_and_15_minutes(void **unused)
{
	(void)unused;
	int64_t told[16];
	int64_t counts[16];
	size_t n = 0;
	struct letter l;

	/* a crash each second for 40 minutes */
	for (int64_t now = 0; now <= 40 * MINUTE; now += SECOND) {
		while (alert_due(&alert, now, &l)) {
			told[n] = now;
			counts[n++] = l.repeats + 1;
			assert_true(l.digest);
			assert_ptr_equal(l.oldest, l.newest);
		}
		struct alert_step step = take(crash("api", "f1"), now);
		if (step.send) {
			told[n] = now;
			counts[n++] = 0;
		}
	}

	assert_int_equal(n, 5);
	assert_int_equal(told[0], 0);
	assert_int_equal(told[1], 1 * MINUTE);
	assert_int_equal(told[2], 6 * MINUTE);
	assert_int_equal(told[3], 21 * MINUTE);
	assert_int_equal(told[4], 36 * MINUTE);
	assert_int_equal(counts[1], 59);
	assert_int_equal(counts[2], 300);
}

static void
only_the_newest_repeat_stays_open(void **unused)
{
	(void)unused;
	struct report *second = crash("api", "f1");
	struct report *third = crash("api", "f1");

	assert_true(take(crash("api", "f1"), 0).send);
	struct alert_step a = take(second, 1);
	struct alert_step b = take(third, 2);

	assert_false(a.send || b.send);
	assert_null(a.settled);
	assert_ptr_equal(b.settled, second);
}

static void
other_causes_and_other_services_are_told_by_themselves(void **unused)
{
	(void)unused;
	assert_true(take(crash("api", "f1"), 0).send);
	assert_true(take(crash("api", "f2"), 0).send);
	assert_true(take(crash("cdc", "f1"), 0).send);
	assert_false(take(crash("cdc", "f1"), 0).send);
}

static void
a_quiet_window_ends_the_incident(void **unused)
{
	(void)unused;
	struct letter l;

	assert_true(take(crash("api", "f1"), 0).send);
	assert_int_equal(alert_deadline(&alert), MINUTE);
	assert_false(alert_due(&alert, MINUTE, &l));

	assert_int_equal(alert_deadline(&alert), NEVER);
	assert_true(take(crash("api", "f1"), 2 * MINUTE).send);
}

static void
recovery_takes_what_was_held_along_and_forgets(void **unused)
{
	(void)unused;
	struct report *back = crash("api", "");
	struct report *repeat = crash("api", "f1");
	back->kind = EVENT_RECOVERED;

	(void)take(crash("api", "f1"), 0);
	(void)take(crash("cdc", "f1"), 0);
	(void)take(repeat, 1);
	struct alert_step step = take(back, 2);

	assert_true(step.send);
	assert_ptr_equal(step.letter.newest, back);
	assert_ptr_equal(step.letter.oldest, repeat);
	assert_int_equal(step.letter.seen, 2);
	assert_true(take(crash("api", "f1"), 3).send);
	assert_false(take(crash("cdc", "f1"), 3).send);
}

static void
a_hurry_hands_out_everything_that_is_held(void **unused)
{
	(void)unused;
	struct letter l;

	(void)take(crash("api", "f1"), 0);
	(void)take(crash("api", "f2"), 0);
	(void)take(crash("api", "f1"), 0);
	(void)take(crash("api", "f2"), 0);

	assert_true(alert_due(&alert, NEVER, &l));
	assert_true(alert_due(&alert, NEVER, &l));
	assert_false(alert_due(&alert, NEVER, &l));
}

static void
more_incidents_than_there_is_room_for_are_told_unfolded(void **unused)
{
	(void)unused;
	char name[16];

	/* full of incidents that hold something */
	for (int i = 0; i < ALERT_MAX; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		assert_true(take(crash("api", name), 0).send);
		assert_false(take(crash("api", name), 0).send);
	}

	assert_true(take(crash("api", "new"), 1).send);
	assert_true(take(crash("api", "new"), 1).send);
	assert_false(take(crash("api", "f0"), 1).send);
}

static void
three_may_go_at_once_and_then_one_each_two_seconds(void **unused)
{
	(void)unused;
	struct limit_pace pace = { 0 };
	int64_t now = 100 * SECOND;
	int64_t sent[6];

	for (int i = 0; i < 6; i++) {
		now = limit_pace_next(&pace, 2000, 3, now);
		limit_pace_spend(&pace, 2000, now);
		sent[i] = now - 100 * SECOND;
	}

	assert_int_equal(sent[2], 0);
	assert_int_equal(sent[3], 2000);
	assert_int_equal(sent[4], 4000);
	assert_int_equal(sent[5], 6000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    every_state_knows_every_event_and_only_folding_holds_something,
		    setup),
		cmocka_unit_test_setup(
		    the_first_is_told_at_once_then_digests_after_1_5_and_15_minutes,
		    setup),
		cmocka_unit_test_setup(
		    only_the_newest_repeat_stays_open, setup),
		cmocka_unit_test_setup(
		    other_causes_and_other_services_are_told_by_themselves,
		    setup),
		cmocka_unit_test_setup(a_quiet_window_ends_the_incident, setup),
		cmocka_unit_test_setup(
		    recovery_takes_what_was_held_along_and_forgets, setup),
		cmocka_unit_test_setup(
		    a_hurry_hands_out_everything_that_is_held, setup),
		cmocka_unit_test_setup(
		    more_incidents_than_there_is_room_for_are_told_unfolded,
		    setup),
		cmocka_unit_test_setup(
		    three_may_go_at_once_and_then_one_each_two_seconds, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
