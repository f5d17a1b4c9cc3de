#include "healthcheck/metrics.h"

#include "core/guard.h"
#include "healthcheck/rss.h"
#include "healthcheck/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LINES_MAX 4096

static struct facts facts;

static int
fill(void **unused)
{
	(void)unused;
	struct facts_service *s = facts.service;

	memset(&facts, 0, sizeof(facts));
	strcpy(facts.app, "cella");
	facts.num[HEALTH_STATE_READY] = 1;
	facts.num[HEALTH_STATE_BORN_MS] = 1700000000123;
	facts.num[HEALTH_STATE_BOOT_US] = 1610000;
	facts.num[HEALTH_STATE_UPTIME_MS] = 90000;
	facts.num[HEALTH_STATE_SECRETS] = 6;
	facts.num[HEALTH_STATE_SECRETS_US] = 94000;
	facts.num[HEALTH_STATE_SCANNED] = 214;
	facts.num[HEALTH_STATE_REWRITTEN] = 2;
	facts.num[HEALTH_STATE_PLACEHOLDERS] = 3;
	facts.num[HEALTH_STATE_INJECT_US] = 3500;
	facts.services = 2;
	strcpy(s[0].name, "api");
	strcpy(s[1].name, "we\"ird\\na\nme\xff");
	for (int i = 0; i < 2; i++) {
		s[i].num[HEALTH_SERVICE_UP] = 1;
		s[i].num[HEALTH_SERVICE_STARTS] = 7;
		s[i].num[HEALTH_SERVICE_EXITS_OOM] = 3;
		s[i].num[HEALTH_SERVICE_UPTIME_MS] = 1500;
	}
	histogram_add(&s[0].restart, 400);
	histogram_add(&s[0].restart, 500);
	histogram_add(&s[0].restart, 501);
	histogram_add(&s[0].restart, 31000000);
	facts.roles = 1;
	strcpy(facts.role[0].name, "scribe");
	facts.sinks = 1;
	facts.sink[0].num[HEALTH_SINK_KIND] = SINK_LOKI;
	facts.sink[0].num[HEALTH_SINK_FAILED] = 5;
	rss_open();
	return 0;
}

static const char *
render(bool openmetrics)
{
	static struct reply r;
	metrics_render(&r, &facts, openmetrics);
	assert_false(r.body.cut);
	return r.body.data;
}

/* A whole line of the text. */
static void
assert_has(const char *text, const char *line)
{
	char wanted[256];
	int len = snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	assert_in_range(len, 1, sizeof(wanted) - 1);
	if (strstr(text, wanted) == NULL)
		print_error("missing: %s\n%s\n", line, text);
	assert_non_null(strstr(text, wanted));
}

static void
every_fact_has_its_line(void **unused)
{
	(void)unused;
	static const char *const lines[] = {
		"cradle_build_info{version=\"" CRADLE_VERSION
		"\",app=\"cella\","
		"environment=\"\",app_version=\"\"} 1",
		"cradle_start_time_seconds 1700000000.123",
		"cradle_boot_phase_seconds{phase=\"total\"} 1.61",
		"cradle_ready 1",
		"cradle_service_up{service=\"api\",instance=\"0\"} 1",
		"cradle_service_ready{service=\"api\",instance=\"0\"} 0",
		"cradle_service_uptime_seconds{service=\"api\",instance=\"0\"} "
		"1.5",
		"cradle_service_starts_total{service=\"api\"} 7",
		"cradle_service_exits_total{service=\"api\",reason=\"oom\"} 3",
		"cradle_service_restart_seconds_bucket{service=\"api\","
		"le=\"0.0005\"} 2",
		"cradle_service_restart_seconds_bucket{service=\"api\","
		"le=\"30\"} 3",
		"cradle_service_restart_seconds_bucket{service=\"api\","
		"le=\"+Inf\"} 4",
		"cradle_service_restart_seconds_sum{service=\"api\"} 31.001401",
		"cradle_service_restart_seconds_count{service=\"api\"} 4",
		"cradle_assets_files_total{result=\"unchanged\"} 212",
		"cradle_assets_placeholders 3",
		"cradle_assets_seconds 0.0035",
		"cradle_secrets_fetch_seconds 0.094",
		"cradle_secrets_age_seconds 89.906",
		"cradle_events_total{sink=\"loki\",result=\"failed\"} 5",
		"cradle_log_lines_total{service=\"api\",stream=\"stderr\"} 0",
		"cradle_helper_restarts_total{role=\"scribe\"} 0",
	};
	const char *text = render(false);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_has(text, lines[i]);
	assert_non_null(strstr(text, "cradle_resident_memory_bytes{role=\"init"
				     "\"} "));
}

static void
instances_are_told_apart_or_added_up(void **unused)
{
	(void)unused;
	static const char *const lines[] = {
		"cradle_service_up{service=\"api\",instance=\"0\"} 1",
		"cradle_service_up{service=\"api\",instance=\"1\"} 1",
		"cradle_service_starts_total{service=\"api\"} 14",
		"cradle_service_exits_total{service=\"api\",reason=\"oom\"} 6",
		"cradle_service_restart_seconds_count{service=\"api\"} 5",
		"cradle_service_restart_seconds_bucket{service=\"api\","
		"le=\"0.0005\"} 3",
		"cradle_service_starts_total{service=\"web\"} 0",
	};
	facts.services = 3;
	for (int i = 0; i < 2; i++) {
		strcpy(facts.service[i].name, "api");
		facts.service[i].num[HEALTH_SERVICE_INSTANCE] = i;
		facts.service[i].num[HEALTH_SERVICE_INSTANCES] = 2;
	}
	histogram_add(&facts.service[1].restart, 400);
	strcpy(facts.service[2].name, "web");

	const char *text = render(false);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_has(text, lines[i]);
	const char *row = "cradle_service_starts_total{service=\"api\"}";
	assert_null(strstr(strstr(text, row) + 1, row));
}

static void
handovers_and_spares_have_their_lines(void **unused)
{
	(void)unused;
	static const char *const lines[] = {
		"cradle_held_sockets{service=\"api\"} 2",
		"cradle_handover_total{service=\"api\",kind=\"restart\"} 3",
		"cradle_handover_total{service=\"api\",kind=\"standby\"} 4",
		"cradle_handover_total{service=\"api\",kind=\"reload\"} 5",
		"cradle_service_outage_seconds_count{service=\"api\"} 1",
		"cradle_service_outage_seconds_sum{service=\"api\"} 0.0007",
		"cradle_service_outage_seconds_bucket{service=\"api\","
		"le=\"0.001\"} 1",
		"cradle_spare_parked{service=\"api\",instance=\"0\"} 1",
		"cradle_spare_age_seconds{service=\"api\",instance=\"0\"} 9",
		"cradle_spare_memory_bytes{service=\"api\",instance=\"0\"} "
		"777",
	};
	int64_t *num = facts.service[0].num;
	num[HEALTH_SERVICE_HELD] = 2;
	num[HEALTH_SERVICE_HANDED_RESTART] = 3;
	num[HEALTH_SERVICE_HANDED_STANDBY] = 4;
	num[HEALTH_SERVICE_HANDED_RELOAD] = 5;
	num[HEALTH_SERVICE_SPARE] = 3;
	num[HEALTH_SERVICE_SPARE_AGE_MS] = 9000;
	num[HEALTH_SERVICE_SPARE_MEMORY] = 777;
	histogram_add(&facts.service[0].outage, 700);

	const char *text = render(false);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_has(text, lines[i]);
	assert_null(strstr(text, "cradle_spare_parked{service=\"we"));
	num[HEALTH_SERVICE_SPARE] = 2;
	assert_has(render(false),
	    "cradle_spare_parked{service=\"api\",instance=\"0\"} 0");
}

static void
label_values_are_escaped(void **unused)
{
	(void)unused;
	assert_has(render(false),
	    "cradle_service_starts_total{service=\"we\\\"ird\\\\na\\nme"
	    "\xef\xbf\xbd\"} 7");
}

static void
openmetrics_names_families_by_its_own_rules(void **unused)
{
	(void)unused;
	const char *text = render(true);

	assert_has(text, "# TYPE cradle_build info");
	assert_has(text, "# TYPE cradle_service_starts counter");
	assert_has(text, "# UNIT cradle_service_uptime_seconds seconds");
	assert_has(text, "cradle_service_starts_total{service=\"api\"} 7");
	assert_has(text,
	    "cradle_service_restart_seconds_bucket{service=\"api\","
	    "le=\"30.0\"} 3");
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

/*
 * A strict reader of the text format: the rules of a scrape, beside promtool's
 * own where that is installed.
 */
struct reader {
	char family[128];
	bool helped;
	bool typed;
	char *seen[LINES_MAX];
	size_t count;
};

/* Past the labels of a sample; they must be well-formed. */
static const char *
skip_labels(const char *p)
{
	if (*p != '{')
		return p;
	do {
		p++;
		size_t name = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
		assert_true(name > 0);
		p += name;
		assert_int_equal(p[0], '=');
		assert_int_equal(p[1], '"');
		for (p += 2; *p != '"'; p++) {
			assert_true(*p != '\0' && *p != '\n');
			if (*p == '\\')
				assert_non_null(strchr("\\\"n", *++p));
		}
		p++;
	} while (*p == ',');
	assert_int_equal(*p, '}');
	return p + 1;
}

static void
read_sample(struct reader *r, const char *line)
{
	size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	const char *end = skip_labels(line + name);
	char *rest;

	assert_true(r->helped && r->typed);
	assert_int_equal(strncmp(line, r->family, strlen(r->family)), 0);
	assert_int_equal(*end, ' ');
	(void)strtod(end + 1, &rest);
	assert_true(rest > end + 1 && *rest == '\0');
	char *series = strndup(line, (size_t)(end - line));
	for (size_t i = 0; i < r->count; i++)
		assert_string_not_equal(r->seen[i], series);
	assert_true(r->count < LINES_MAX);
	r->seen[r->count++] = series;
}

static void
read_comment(struct reader *r, const char *line)
{
	char name[128];
	assert_int_equal(sscanf(line + 7, "%127s", name), 1);
	if (strncmp(line, "# HELP ", 7) == 0) {
		strcpy(r->family, name);
		r->helped = true;
		r->typed = false;
		return;
	}
	assert_string_equal(name, r->family);
	if (strncmp(line, "# TYPE ", 7) == 0)
		r->typed = true;
	else
		assert_int_equal(strncmp(line, "# UNIT ", 7), 0);
}

static void
both_formats_are_read_without_a_complaint(void **unused)
{
	(void)unused;
	for (int open = 0; open < 2; open++) {
		static struct reader r;
		memset(&r, 0, sizeof(r));
		char *text = strdup(render(open == 1));
		char *rest = text;
		for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
			if (strcmp(line, "# EOF") == 0 || *line == '\0')
				continue;
			if (*line == '#')
				read_comment(&r, line);
			else
				read_sample(&r, line);
		}
		free(text);
		for (size_t i = 0; i < r.count; i++)
			free(r.seen[i]);
	}
}

static void
promtool_has_nothing_to_say(void **unused)
{
	(void)unused;
	if (system("command -v promtool >/dev/null") != 0)
		skip();
	FILE *tool = popen("promtool check metrics >&2", "w");
	assert_non_null(tool);
	assert_true(fputs(render(false), tool) >= 0);
	assert_int_equal(pclose(tool), 0);
}

static void
a_histogram_travels_unchanged(void **unused)
{
	(void)unused;
	struct histogram h = { .sum_us = 0 };
	struct histogram back;
	unsigned char bytes[HISTOGRAM_BYTES];

	histogram_add(&h, -1);
	histogram_add(&h, 0);
	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
		histogram_add(&h, histogram_bound_us(i));
		histogram_add(&h, histogram_bound_us(i) + 1);
	}
	h.count[3] += UINT64_C(0x0102030405060708);
	histogram_encode(&h, bytes);

	assert_int_equal(histogram_decode(bytes, sizeof(bytes), &back), 0);
	assert_memory_equal(back.count, h.count, sizeof(h.count));
	assert_int_equal(h.count[0], 3);
	assert_int_equal(h.count[1], 2);
	assert_int_equal(h.count[HISTOGRAM_BOUNDS], 1);
	assert_int_equal(bytes[3 * 8], 0x0a);
	assert_int_equal(
	    histogram_decode(bytes, sizeof(bytes) - 1, &back), -EBADMSG);
	assert_int_equal(histogram_decode(bytes, 0, &back), 0);
	assert_int_equal(back.count[0], 0);
}

static void
times_are_written_short_for_people_and_exact_for_machines(void **unused)
{
	(void)unused;
	static const struct {
		int64_t us;
		const char *people;
		const char *machines;
	} cases[] = {
		{ 0, "0 us", "0" },
		{ 94000, "94 ms", "0.094" },
		{ 1610000, "1.61 s", "1.61" },
		{ 61000001, "1 min 1 s", "61.000001" },
		{ INT64_C(10920000000), "3 h 2 min", "10920" },
		{ INT64_C(180000000000), "2 d 2 h", "180000" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char memory[64];
		struct buf b = BUF_ON(memory);
		words_duration(&b, cases[i].us);
		assert_string_equal(memory, cases[i].people);
		buf_init(&b, memory, sizeof(memory));
		words_seconds(&b, cases[i].us);
		assert_string_equal(memory, cases[i].machines);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fact_has_its_line),
		cmocka_unit_test(label_values_are_escaped),
		cmocka_unit_test(openmetrics_names_families_by_its_own_rules),
		cmocka_unit_test(both_formats_are_read_without_a_complaint),
		cmocka_unit_test(promtool_has_nothing_to_say),
		cmocka_unit_test(a_histogram_travels_unchanged),
		cmocka_unit_test(
		    times_are_written_short_for_people_and_exact_for_machines),
		cmocka_unit_test_setup(
		    instances_are_told_apart_or_added_up, fill),
		cmocka_unit_test(both_formats_are_read_without_a_complaint),
		cmocka_unit_test_setup(
		    handovers_and_spares_have_their_lines, fill),
		cmocka_unit_test(both_formats_are_read_without_a_complaint),
	};
	return cmocka_run_group_tests(tests, fill, NULL);
}
