#include "supervisor/ipc.h"

#include "core/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
only_the_line_ready_is_heard(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ready;
	} cases[] = {
		{ "\"ready\"\n", true },
		{ "\"ready\"", false }, /* the line has not ended */
		{ "ready\n", false },
		{ "\"ready\" \n", false },
		{ "\"ready!\"\n", false },
		{ "{\"type\":\"ready\"}\n", false },
		{ "{\"a\":1}\n\"ready\"\n[]\n", true },
		{ "\"ready\"\n{\"unfinished", true },
		{ "\n\n\"ready\"\n", true },
		{ "a line that is longer than any that matters\"ready\"\n",
		    false },
		{ "a line that is longer than any that matters\n\"ready\"\n",
		    true },
		{ "", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *text = cases[i].text;
		struct ipc whole = { .have = 0 }, piece = { .have = 0 };
		bool found = false;
		assert_int_equal(
		    ipc_scan(&whole, text, strlen(text)), cases[i].ready);
		for (const char *c = text; *c != '\0'; c++)
			found |= ipc_scan(&piece, c, 1);
		assert_int_equal(found, cases[i].ready);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_line_ready_is_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
