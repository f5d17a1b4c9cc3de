#include "ns.h"
#include "scratch.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* The original program, as npm has it, and cradle by its name. */

static void
skip_without(bool there, const char *what)
{
	if (there)
		return;
	print_message("# skipped: there is no %s\n", what);
	skip();
}

static bool
has_node(void)
{
	return system("node --version >/dev/null 2>&1") == 0;
}

static void
it_answers_as_the_original_does(void **unused)
{
	const char *folder = getenv("NPM_DIR");
	char *original =
	    scratch_text("%s/node_modules/@import-meta-env/cli/bin/"
			 "import-meta-env.js",
		folder == NULL ? "build/npm" : folder);
	char whole[PATH_MAX];
	(void)unused;

	skip_without(has_node(), "node");
	skip_without(access(original, R_OK) == 0,
	    "import-meta-env from npm (tests/npm.sh build/npm installs it)");
	assert_non_null(realpath(original, whole));
	char *command = scratch_text("node %s %s %s %s 7",
	    scratch_tests("fakes/import-meta-env-beside.js"), scratch_cradle(),
	    whole, scratch_dir());
	int status = system(command);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
clean(void **unused)
{
	(void)unused;
	scratch_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    it_answers_as_the_original_does, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
