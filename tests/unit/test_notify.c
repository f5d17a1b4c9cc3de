#include "supervisor/notify.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct notify
scan(const char *text)
{
	struct notify n;
	notify_scan(text, strlen(text), &n);
	return n;
}

static void
each_line_is_a_word_of_its_own(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned words;
	} cases[] = {
		{ "", 0 },
		{ "READY=1", NOTIFY_READY },
		{ "READY=1\n", NOTIFY_READY },
		{ "READY=0", 0 },
		{ "READY=11", 0 },
		{ " READY=1", 0 },
		{ "ready=1", 0 },
		{ "READY", 0 },
		{ "RELOADING=1\nMONOTONIC_USEC=7", NOTIFY_RELOADING },
		{ "STOPPING=1\nREADY=1", NOTIFY_STOPPING | NOTIFY_READY },
		{ "WATCHDOG=1", NOTIFY_WATCHDOG },
		{ "WATCHDOG=trigger", NOTIFY_TRIGGER },
		{ "WATCHDOG=2", 0 },
		{ "MAINPID=17", NOTIFY_MAINPID },
		{ "FDSTORE=1\nFDNAME=x\nERRNO=2\nBARRIER=1", 0 },
		{ "\n\n\nREADY=1\n\n", NOTIFY_READY },
		{ "STATUS=", NOTIFY_STATUS },
		{ "READY=1\r\n", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(scan(cases[i].text).words, cases[i].words);
}

static void
times_are_digits_within_a_day(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us; /* 0: no word */
	} cases[] = {
		{ "1", 1 },
		{ "2000000", 2000000 },
		{ "0", 0 },
		{ "", 0 },
		{ "-1", 0 },
		{ "+1", 0 },
		{ "1s", 0 },
		{ "0x10", 0 },
		{ "18446744073709551615", NOTIFY_US_MAX },
		{ "99999999999999999999999999999999", NOTIFY_US_MAX },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[96] = "EXTEND_TIMEOUT_USEC=";
		strcat(text, cases[i].text);
		struct notify n = scan(text);
		assert_int_equal(n.words, cases[i].us > 0 ? NOTIFY_EXTEND : 0);
		if (cases[i].us > 0)
			assert_true(n.extend_us == cases[i].us);
	}
	assert_true(scan("WATCHDOG_USEC=5\nWATCHDOG_USEC=0").watchdog_us == 5);
	assert_true(scan("WATCHDOG_USEC=5").watchdog_us == 5);
}

static void
a_status_is_clean_text_of_bounded_length(void **state)
{
	(void)state;
	assert_string_equal(scan("STATUS=h\xc3\xa9llo\x1b[0m\t!\xff").status,
	    "h\xc3\xa9llo [0m !?");

	char text[1024] = "STATUS=";
	for (size_t i = 7; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	struct notify n = scan(text);
	assert_int_equal(strlen(n.status), NOTIFY_STATUS_SIZE - 2);
}

static void
a_nul_is_no_end(void **state)
{
	(void)state;
	struct notify n;
	static const char data[] = "X=\0\nREADY=1";
	notify_scan(data, sizeof(data) - 1, &n);
	assert_int_equal(n.words, NOTIFY_READY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_word_of_its_own),
		cmocka_unit_test(times_are_digits_within_a_day),
		cmocka_unit_test(a_status_is_clean_text_of_bounded_length),
		cmocka_unit_test(a_nul_is_no_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
