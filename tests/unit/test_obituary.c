#include "supervisor/obituary.h"

#include "core/clock.h"
#include "core/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct obituaries all;

static int
fresh(void **unused)
{
	(void)unused;
	memset(&all, 0, sizeof(all));
	all.on = true;
	all.sink[SINK_SLACK] = true;
	log_setup(LOG_ERROR, LOG_TEXT, NULL);
	return 0;
}

static struct wire_msg
tail(const char *out, const char *err)
{
	return (struct wire_msg){ .type = WIRE_SCRIBE_TAIL,
		.fd = -1,
		.field = {
		    [SCRIBE_TAIL_OUT] = WIRE_STR(out),
		    [SCRIBE_TAIL_ERR] = WIRE_STR(err),
		} };
}

static struct wire_msg
result(enum sink_kind sink, enum sink_result what, int done)
{
	return (struct wire_msg){ .type = WIRE_COURIER_RESULT,
		.fd = -1,
		.field = {
		    [COURIER_RESULT_SINK] = WIRE_NUM(sink),
		    [COURIER_RESULT_RESULT] = WIRE_NUM(what),
		    [COURIER_RESULT_DONE] = WIRE_NUM(done),
		    [COURIER_RESULT_REASON] = WIRE_STR("why"),
		} };
}

static void
without_a_sink_there_are_no_events(void **unused)
{
	(void)unused;
	all.on = false;
	assert_null(obituary_new(&all, EVENT_CRASH));
}

static void
an_event_waits_for_its_words_and_then_goes(void **unused)
{
	(void)unused;
	struct obituary *one = obituary_new(&all, EVENT_CRASH);
	obituary_want_tail(one, 2, 7);
	assert_ptr_equal(obituary_to_ask(&all), one);
	one->tail_asked = true;
	assert_null(obituary_to_ask(&all));
	assert_null(obituary_to_send(&all));

	struct wire_msg words = tail("hello\n", "TypeError\n");
	words.serial = 99; /* the answer to another question */
	obituary_take_tail(&all, &words);
	assert_null(obituary_to_send(&all));
	words.serial = (uint32_t)one->id;
	obituary_take_tail(&all, &words);
	assert_ptr_equal(obituary_to_send(&all), one);
	assert_int_equal(one->err_len, 10);
}

static void
words_that_do_not_come_are_not_waited_for_long(void **unused)
{
	(void)unused;
	struct obituary *one = obituary_new(&all, EVENT_CRASH);
	obituary_want_tail(one, 0, 1);
	int64_t late = clock_ms() + OBITUARY_TAIL_WAIT_MS + 1;
	assert_true(obituaries_deadline(&all) < late);
	obituaries_expire(&all, late);
	assert_ptr_equal(obituary_to_send(&all), one);
	assert_int_equal(obituaries_deadline(&all), NEVER);
}

static void
events_leave_in_their_order(void **unused)
{
	(void)unused;
	struct obituary *first = obituary_new(&all, EVENT_CRASH);
	obituary_want_tail(first, 0, 1);
	struct obituary *second = obituary_new(&all, EVENT_GAVE_UP);
	assert_null(obituary_to_send(&all));
	first->tail_wanted = false;
	assert_ptr_equal(obituary_to_send(&all), first);
	first->sent = true;
	assert_ptr_equal(obituary_to_send(&all), second);
}

static void
an_event_is_kept_until_its_last_sink_answered(void **unused)
{
	(void)unused;
	struct obituary *one = obituary_new(&all, EVENT_CRASH);
	struct wire_msg slack = result(SINK_SLACK, SINK_DELIVERED, 0);
	struct wire_msg loki = result(SINK_LOKI, SINK_FAILED, 1);
	int64_t id = one->id;

	obituary_result(&all, id, &slack);
	assert_int_equal(obituaries_pending(&all), 1);
	obituary_result(&all, id, &loki);
	assert_int_equal(obituaries_pending(&all), 0);
	assert_int_equal(all.count[SINK_SLACK][SINK_DELIVERED], 1);
	assert_int_equal(all.count[SINK_LOKI][SINK_FAILED], 1);
	obituary_result(&all, id, &loki); /* an answer too many */
	assert_int_equal(all.count[SINK_LOKI][SINK_FAILED], 1);
}

static void
a_new_courier_is_told_everything_again(void **unused)
{
	(void)unused;
	struct obituary *one = obituary_new(&all, EVENT_CRASH);
	one->sent = true;
	assert_null(obituary_to_send(&all));
	obituaries_forget_sent(&all);
	assert_ptr_equal(obituary_to_send(&all), one);
}

static void
the_oldest_gives_way_and_is_counted(void **unused)
{
	(void)unused;
	for (int i = 0; i < OBITUARIES_MAX + 3; i++)
		assert_non_null(obituary_new(&all, EVENT_CRASH));
	assert_int_equal(obituaries_pending(&all), OBITUARIES_MAX);
	assert_int_equal(all.overflowed, 3);
	assert_int_equal(all.count[SINK_SLACK][SINK_DROPPED], 3);
	assert_int_equal(all.count[SINK_LOKI][SINK_DROPPED], 0);
	assert_int_equal(obituary_to_send(&all)->id, 4);
}

static void
the_end_of_long_words_is_what_is_kept(void **unused)
{
	(void)unused;
	static char big[OBITUARY_TAIL_MAX + 100];
	memset(big, 'a', sizeof(big) - 2);
	big[sizeof(big) - 2] = 'z';
	struct obituary *one = obituary_new(&all, EVENT_CRASH);
	obituary_want_tail(one, 0, 1);
	one->tail_asked = true;
	struct wire_msg words = tail(big, "");
	words.serial = (uint32_t)one->id;
	obituary_take_tail(&all, &words);
	assert_int_equal(one->out_len, OBITUARY_TAIL_MAX);
	assert_int_equal(one->out[OBITUARY_TAIL_MAX - 1], 'z');
}

static void
the_message_keeps_every_rule_of_the_wire(void **unused)
{
	(void)unused;
	static char bytes[WIRE_MESSAGE_MAX];
	struct obituary *one = obituary_new(&all, EVENT_CRASH);
	one->service = "api";
	one->exit_signal = 9;
	struct wire_msg msg, back;
	obituary_message(one, &msg);
	int n = wire_encode(&msg, bytes, sizeof(bytes));
	assert_true(n > 0);
	assert_int_equal(wire_decode(bytes, (size_t)n, true, &back), 0);
	assert_int_equal(back.field[COURIER_EVENT_EXIT_SIGNAL].num, 9);
	assert_string_equal(back.field[COURIER_EVENT_SERVICE].ptr, "api");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    without_a_sink_there_are_no_events, fresh),
		cmocka_unit_test_setup(
		    an_event_waits_for_its_words_and_then_goes, fresh),
		cmocka_unit_test_setup(
		    words_that_do_not_come_are_not_waited_for_long, fresh),
		cmocka_unit_test_setup(events_leave_in_their_order, fresh),
		cmocka_unit_test_setup(
		    an_event_is_kept_until_its_last_sink_answered, fresh),
		cmocka_unit_test_setup(
		    a_new_courier_is_told_everything_again, fresh),
		cmocka_unit_test_setup(
		    the_oldest_gives_way_and_is_counted, fresh),
		cmocka_unit_test_setup(
		    the_end_of_long_words_is_what_is_kept, fresh),
		cmocka_unit_test_setup(
		    the_message_keeps_every_rule_of_the_wire, fresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
