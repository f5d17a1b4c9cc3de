/*
 * Instances one after the other, against a model: services that come back, die
 * or hang as chance has it.  What rolling.c asks of the rest is played here.
 */
#include "core/clock.h"
#include "core/guard.h"
#include "core/log.h"
#include "supervisor/init.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SERVICES 8
#define ROUNDS 20000

static struct plan_service plans[SERVICES];
static struct plan plan;
static struct init init;
static unsigned seed;
static int told[SERVICES]; /* since it was asked for */
static bool boots[SERVICES];

static unsigned
chance(unsigned of)
{
	seed = seed * 1103515245u + 12345u;
	return seed >> 16 & 0x7fff ? (seed >> 16 & 0x7fff) % of : 0;
}

static uint64_t
bit(size_t i)
{
	return UINT64_C(1) << i;
}

static uint64_t
group_of(size_t i)
{
	uint64_t group = 0;
	for (size_t k = 0; k < SERVICES; k++)
		if (plans[k].first == plans[i].first)
			group |= bit(k);
	return group;
}

static bool
is_up(const struct service *s)
{
	return s->state == LIFE_STARTING || s->state == LIFE_READY;
}

/* ---- what it is told by ---- */

/* One that is up is taken down only when the others of it are left alone. */
static void
tell(struct service *s)
{
	size_t i = s->index;

	if (is_up(s) && s->plan->instances > 1)
		assert_int_equal(
		    init.rolling.moving & group_of(i) & ~bit(i), 0);
	told[i]++;
	assert_int_equal(told[i], 1);
	boots[i] = true;
}

void
service_restart(struct service *s)
{
	assert_false(init.rolling.reloads & bit(s->index));
	tell(s);
}

void
service_reload(struct service *s)
{
	assert_true(init.rolling.reloads & bit(s->index));
	tell(s);
}

int64_t
service_start_ms(const struct plan_service *p)
{
	(void)p;
	return SERVICE_START_MS;
}

/* ---- the world ---- */

static int
reset(void **unused)
{
	static const int sizes[] = { 1, 3, 4 };
	size_t n = 0;

	(void)unused;
	memset(&init.rolling, 0, sizeof(init.rolling));
	plan = (struct plan){ .services = plans, .services_count = SERVICES };
	init.plan = &plan;
	init.phase = PHASE_RUN;
	init.services = SERVICES;
	for (size_t g = 0; g < ARRAY_LEN(sizes); g++) {
		size_t first = n;
		for (int k = 0; k < sizes[g]; k++, n++) {
			plans[n] = (struct plan_service){ .first = first,
				.shown = "x",
				.instances = sizes[g],
				.instance = k };
			init.service[n] = (struct service){ .init = &init,
				.plan = &plans[n],
				.index = n,
				.state = LIFE_READY };
			told[n] = 0;
			boots[n] = false;
		}
	}
	assert_int_equal(n, SERVICES);
	log_setup(LOG_ERROR, LOG_TEXT, NULL);
	return 0;
}

static void
ask(uint64_t targets, bool reload)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (targets & bit(i))
			told[i] = 0;
	rolling_begin(&init, targets, reload);
}

static void
come_back(size_t i)
{
	struct service *s = &init.service[i];
	if (!boots[i])
		return;
	boots[i] = false;
	s->starts++;
	s->state = LIFE_READY;
}

/* Something that can happen to a service at any time. */
static void
happen(size_t i)
{
	struct service *s = &init.service[i];
	switch (chance(6)) {
	case 0:
		s->state = LIFE_BACKOFF;
		break;
	case 1:
		s->starts++;
		s->state = LIFE_STARTING;
		break;
	case 2:
		s->state = LIFE_READY;
		break;
	case 3:
		s->state = chance(2) ? LIFE_RESTING : LIFE_ENDED;
		boots[i] = false;
		break;
	case 4:
		s->standby.failed_reloads++;
		break;
	default:
		init.rolling.deadline[i] = 0;
		break;
	}
}

/* What is always true after a turn. */
static void
check(void)
{
	const struct rolling *r = &init.rolling;

	assert_int_equal(r->waiting & r->moving, 0);
	assert_int_equal((r->waiting | r->moving) >> SERVICES, 0);
	for (size_t i = 0; i < SERVICES; i++) {
		if (r->waiting & bit(i))
			assert_true((r->moving & group_of(i)) != 0);
		assert_int_equal(rolling_has(r, i),
		    ((r->waiting | r->moving) & bit(i)) != 0);
	}
	assert_true((rolling_deadline(&init) == NEVER) == (r->moving == 0));
}

/* ---- the tests ---- */

static void
whatever_happens_one_is_moved_after_the_other(void **unused)
{
	(void)unused;
	for (seed = 1; seed < 40; seed++) {
		unsigned kept = seed;
		print_message("seed %u\n", seed);
		(void)reset(NULL);
		for (int round = 0; round < ROUNDS / 40; round++) {
			if (chance(12) == 0)
				ask(chance(256), chance(2) == 0);
			else if (chance(2) == 0)
				come_back(chance(SERVICES));
			else if (chance(3) == 0)
				happen(chance(SERVICES));
			rolling_turn(&init);
			check();
		}
		seed = kept;
	}
}

static void
when_all_come_back_all_were_told_once(void **unused)
{
	(void)unused;
	for (uint64_t targets = 1; targets < 256; targets++) {
		int turns = 0;
		(void)reset(NULL);
		ask(targets, targets % 2 == 0);
		while ((init.rolling.waiting | init.rolling.moving) != 0) {
			for (size_t i = 0; i < SERVICES; i++)
				come_back(i);
			rolling_turn(&init);
			check();
			assert_true(++turns < 2 * SERVICES);
		}
		for (size_t i = 0; i < SERVICES; i++)
			assert_int_equal(told[i], (targets & bit(i)) != 0);
	}
}

static void
the_first_that_fails_ends_it_for_its_service_alone(void **unused)
{
	(void)unused;
	(void)reset(NULL);
	ask(0xff, false);
	assert_int_equal(init.rolling.moving, bit(1) | bit(4));
	init.service[1].starts++;
	init.service[1].state = LIFE_BACKOFF;
	come_back(4);
	rolling_turn(&init);
	assert_int_equal(init.rolling.waiting, bit(6) | bit(7));
	assert_int_equal(init.rolling.moving, bit(5));
	assert_int_equal(told[2] + told[3], 0);
}

static void
a_deadline_is_a_failure(void **unused)
{
	(void)unused;
	(void)reset(NULL);
	ask(group_of(1), true);
	assert_true(rolling_deadline(&init) != NEVER);
	init.rolling.deadline[1] = 0;
	rolling_turn(&init);
	assert_int_equal(init.rolling.waiting | init.rolling.moving, 0);
}

static void
a_stop_ends_all_of_it(void **unused)
{
	(void)unused;
	(void)reset(NULL);
	ask(0xff, false);
	init.phase = PHASE_STOPPING;
	rolling_turn(&init);
	assert_int_equal(init.rolling.waiting | init.rolling.moving, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_one_is_moved_after_the_other),
		cmocka_unit_test(when_all_come_back_all_were_told_once),
		cmocka_unit_test(
		    the_first_that_fails_ends_it_for_its_service_alone),
		cmocka_unit_test(a_deadline_is_a_failure),
		cmocka_unit_test(a_stop_ends_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
