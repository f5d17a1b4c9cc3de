#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/heap.h"

#include "config/quota.h"
#include "core/guard.h"
#include "tests/unit/config_scratch.h"

#define MB ((int64_t)1024 * 1024)

static struct arena arena;
static char *no_env[] = { NULL };

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
a_share_leaves_room_for_the_rest_of_the_process(void **unused)
{
	static const struct {
		int64_t share;
		int64_t heap;
	} cases[] = { { 0, 0 }, { 64, 0 }, { 127, 0 }, { 128, 32 },
		{ 256, 160 }, { 383, 287 }, { 384, 288 }, { 512, 384 },
		{ 1023, 767 }, { 1024, 768 }, { 4096, 3072 } };
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(heap_of_share(cases[i].share), cases[i].heap);
}

static void
the_lowest_limit_upward_counts(void **unused)
{
	(void)unused;
	assert_int_equal(quota_memory("nowhere"), 0);
	put("v2/proc/self/cgroup", "0::/a/b\n");
	assert_int_equal(quota_memory("v2"), 0);
	put("v2/sys/fs/cgroup/a/b/memory.max", "max\n");
	assert_int_equal(quota_memory("v2"), 0);
	put("v2/sys/fs/cgroup/a/b/memory.max", "1073741824\n");
	assert_int_equal(quota_memory("v2"), 1024 * MB);
	put("v2/sys/fs/cgroup/a/memory.max", "536870912\n");
	assert_int_equal(quota_memory("v2"), 512 * MB);
	put("v2/sys/fs/cgroup/memory.max", "268435456\n");
	assert_int_equal(quota_memory("v2"), 256 * MB);
}

static void
a_container_sees_its_limit_at_the_mounts_top(void **unused)
{
	(void)unused;
	put("top/sys/fs/cgroup/memory.max", "268435456\n");
	static const char *const paths[] = { "0::/\n", "0::/../../x\n",
		"0::/docker/not-here\n" };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		put("top/proc/self/cgroup", paths[i]);
		assert_int_equal(quota_memory("top"), 256 * MB);
	}
}

static void
version_1_has_its_own_file_and_no_limit_as_a_number(void **unused)
{
	(void)unused;
	put("v1/proc/self/cgroup",
	    "5:cpu,cpuacct:/x\n4:memory:/docker/x\n1:name=systemd:/x\n");
	put("v1/sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	put("v1/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1048576\n");
	assert_int_equal(quota_memory("v1"), 0);
	put("v1/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes",
	    "134217728\n");
	assert_int_equal(quota_memory("v1"), 128 * MB);
}

static void
nonsense_is_no_limit(void **unused)
{
	(void)unused;
	static const char *const texts[] = { "", "x", "-5\n", "0\n",
		"99999999999999999999999\n" };
	put("odd/proc/self/cgroup", "0::/\n");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		put("odd/sys/fs/cgroup/memory.max", texts[i]);
		assert_int_equal(quota_memory("odd"), 0);
	}
	static const char *const lines[] = { "0", "0:", "0::", "0::x",
		":::::", "\n\n" };
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		put("odd/proc/self/cgroup", lines[i]);
		assert_int_equal(quota_memory("odd"), 0);
	}
}

/* ---- services ---- */

static struct plan_service service[4];
static struct plan plan;

static void
given(size_t count, int64_t limit_mb)
{
	static char *command[] = { "node", "x.js", NULL };
	char text[32];
	memset(service, 0, sizeof(service));
	plan = (struct plan){ .services = service, .services_count = count };
	for (size_t i = 0; i < count; i++) {
		service[i].name = "s";
		service[i].command = command;
		service[i].instances = 1;
		service[i].heap_mb = PLAN_HEAP_AUTO;
	}
	(void)snprintf(
	    text, sizeof(text), "%lld\n", (long long)(limit_mb * MB));
	put("box/proc/self/cgroup", "0::/\n");
	put("box/sys/fs/cgroup/memory.max", limit_mb == 0 ? "max\n" : text);
}

static void
take(char *const env[])
{
	heap_plan_take(&plan, &arena, env, "box");
}

static const char *
options_of(size_t i)
{
	const char *found = NULL;
	for (size_t k = 0; k < service[i].env.count; k++)
		if (strcmp(service[i].env.item[k].name, "NODE_OPTIONS") == 0) {
			assert_null(found);
			found = service[i].env.item[k].value;
		}
	return found;
}

static void
auto_follows_the_limit(void **unused)
{
	(void)unused;
	given(1, 512);
	take(no_env);
	assert_int_equal(service[0].heap_mb, 384);
	assert_string_equal(options_of(0), "--max-old-space-size=384");
	assert_string_equal(
	    service[0].heap_note, "of a share of 512 MB of the cgroup's limit");
}

static void
without_a_limit_nothing_is_set(void **unused)
{
	(void)unused;
	given(1, 0);
	take(no_env);
	assert_int_equal(service[0].heap_mb, 0);
	assert_null(options_of(0));
	given(1, 100);
	take(no_env);
	assert_null(options_of(0));
}

static void
a_fixed_size_needs_no_limit(void **unused)
{
	(void)unused;
	given(1, 0);
	service[0].heap_mb = 300;
	take(no_env);
	assert_string_equal(options_of(0), "--max-old-space-size=300");
}

static void
services_divide_what_the_fixed_ones_leave(void **unused)
{
	(void)unused;
	given(4, 2048);
	service[2].heap_mb = 300;
	service[3].heap_mb = PLAN_HEAP_NONE;
	take(no_env);
	/* 2048 - 400 = 1648, 824 each */
	assert_int_equal(service[0].heap_mb, 618);
	assert_int_equal(service[1].heap_mb, 618);
	assert_null(options_of(3));

	given(2, 256);
	service[1].heap_mb = 1000;
	take(no_env);
	assert_null(options_of(0));
}

static void
instances_and_spares_have_a_share_each(void **unused)
{
	(void)unused;
	given(2, 2048);
	service[0].instances = 2;
	service[1].standby = true;
	take(no_env);
	/* four processes, 512 each */
	assert_int_equal(service[0].heap_mb, 384);
	assert_int_equal(service[1].heap_mb, 384);

	given(2, 2048);
	service[1].heap_mb = 300;
	service[1].instances = 2;
	service[1].standby = true;
	take(no_env);
	/* 2048 - 4 * 400 */
	assert_int_equal(service[0].heap_mb, 336);
}

static void
memory_max_bounds_the_share(void **unused)
{
	(void)unused;
	given(2, 2048);
	service[0].memory.max_bytes = 512 * MB;
	service[1].memory.max_percent = 25;
	take(no_env);
	assert_int_equal(service[0].heap_mb, 384);
	assert_int_equal(service[1].heap_mb, 384);
}

static void
what_the_user_said_stays(void **unused)
{
	static const struct {
		const char *before;
		const char *after;
	} cases[] = {
		{ "--enable-source-maps",
		    "--enable-source-maps --max-old-space-size=384" },
		{ "", "--max-old-space-size=384" },
		{ "--max-old-space-size=99", NULL },
		{ "--a --max_old_space_size=99", NULL },
		{ "--max-old_space-size 99", NULL },
		{ "\"--max-heap-size=99\"", NULL },
		{ "--max-old-space-size-percentage=50", NULL },
		{ "--max-semi-space-size=64",
		    "--max-semi-space-size=64 --max-old-space-size=384" },
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct plan_variable own = { "NODE_OPTIONS", cases[i].before };
		char text[128];
		char *env[] = { text, NULL };
		const char *want =
		    cases[i].after == NULL ? cases[i].before : cases[i].after;
		given(1, 512);
		service[0].env = (struct plan_variables){ &own, 1 };
		take(no_env);
		assert_string_equal(options_of(0), want);

		given(1, 512);
		(void)snprintf(
		    text, sizeof(text), "NODE_OPTIONS=%s", cases[i].before);
		take(env);
		if (cases[i].after == NULL)
			assert_null(options_of(0));
		else
			assert_string_equal(options_of(0), want);
	}
}

static void
an_option_of_the_command_wins_and_a_secret_is_left_alone(void **unused)
{
	static char *command[] = { "node", "--max_old_space_size=9", "x.js",
		NULL };
	struct plan_variable secret = { "NODE_OPTIONS", "scw://p/x" };
	(void)unused;
	given(2, 512);
	service[0].command = command;
	service[1].env = (struct plan_variables){ &secret, 1 };
	take(no_env);
	assert_null(options_of(0));
	assert_string_equal(options_of(1), "scw://p/x");
}

static int
open_all(void **state)
{
	return arena_open(&arena) == 0 ? scratch_open(state) : -1;
}

static int
close_all(void **state)
{
	arena_close(&arena);
	return scratch_close(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_share_leaves_room_for_the_rest_of_the_process),
		cmocka_unit_test(the_lowest_limit_upward_counts),
		cmocka_unit_test(a_container_sees_its_limit_at_the_mounts_top),
		cmocka_unit_test(
		    version_1_has_its_own_file_and_no_limit_as_a_number),
		cmocka_unit_test(nonsense_is_no_limit),
		cmocka_unit_test(auto_follows_the_limit),
		cmocka_unit_test(without_a_limit_nothing_is_set),
		cmocka_unit_test(a_fixed_size_needs_no_limit),
		cmocka_unit_test(services_divide_what_the_fixed_ones_leave),
		cmocka_unit_test(instances_and_spares_have_a_share_each),
		cmocka_unit_test(memory_max_bounds_the_share),
		cmocka_unit_test(what_the_user_said_stays),
		cmocka_unit_test(
		    an_option_of_the_command_wins_and_a_secret_is_left_alone),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
