#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/quota.h"

#include "core/guard.h"
#include "tests/unit/config_scratch.h"

static void
put(const char *path, const char *text)
{
	char command[256];
	(void)snprintf(
	    command, sizeof(command), "mkdir -p $(dirname %s)", path);
	assert_int_equal(system(command), 0);
	scratch_write(path, text);
}

static void
a_quota_bounds_the_processors(void **unused)
{
	static const struct {
		const char *quota;
		int most;
		int wanted;
	} cases[] = {
		{ "max 100000\n", 8, 8 },
		{ "200000 100000\n", 8, 2 },
		{ "150000 100000\n", 8, 2 },
		{ "14000 100000\n", 8, 1 },
		{ "1 1000000\n", 8, 1 },
		{ "900000 100000\n", 8, 8 },
		{ "200000 100000\n", 1, 1 },
		{ "200000\n", 8, 8 },
		{ "200000 0\n", 8, 8 },
		{ "-1 100000\n", 8, 8 },
		{ "99999999999999999999 1\n", 8, 8 },
		{ "nonsense\n", 8, 8 },
		{ "\n", 0, 1 },
	};
	(void)unused;
	put("new/proc/self/cgroup", "0::/a/b\n");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		put("new/sys/fs/cgroup/a/cpu.max", cases[i].quota);
		int n = quota_processors("new", cases[i].most);
		if (n != cases[i].wanted)
			fail_msg("%s: %d", cases[i].quota, n);
	}
}

static void
the_lowest_quota_upward_counts(void **unused)
{
	(void)unused;
	put("tree/proc/self/cgroup", "0::/a/b\n");
	put("tree/sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
	assert_int_equal(quota_processors("tree", 8), 4);
	put("tree/sys/fs/cgroup/cpu.max", "100000 50000\n");
	assert_int_equal(quota_processors("tree", 8), 2);
	put("tree/sys/fs/cgroup/a/cpu.max", "300000 100000\n");
	assert_int_equal(quota_processors("tree", 8), 2);
}

static void
the_old_hierarchy_has_two_files(void **unused)
{
	(void)unused;
	put("old/proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/1\n");
	put("old/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
	put("old/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	assert_int_equal(quota_processors("old", 8), 8);
	put("old/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
	assert_int_equal(quota_processors("old", 8), 3);
	put("old/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "100000\n");
	put("old/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000\n");
	assert_int_equal(quota_processors("old", 8), 1);
}

static void
without_any_group_all_of_them_count(void **unused)
{
	(void)unused;
	assert_int_equal(quota_processors("nowhere", 5), 5);
	assert_int_equal(quota_processors("nowhere", 0), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quota_bounds_the_processors),
		cmocka_unit_test(the_lowest_quota_upward_counts),
		cmocka_unit_test(the_old_hierarchy_has_two_files),
		cmocka_unit_test(without_any_group_all_of_them_count),
	};
	return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
