#include "healthcheck/words.h"

#include "core/guard.h"
#include "core/signame.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

static void
two_units(struct buf *b, int64_t us, int64_t big, const char *const name[2])
{
	int64_t small = big == DAY_US ? HOUR_US : big / 60;
	buf_fmt(b, "%lld %s %lld %s", (long long)(us / big), name[0],
	    (long long)(us % big / small), name[1]);
}

void
words_duration(struct buf *b, int64_t us)
{
	if (us < 1000)
		buf_fmt(b, "%lld us", (long long)us);
	else if (us < SECOND_US)
		buf_fmt(b, "%lld ms", (long long)(us / 1000));
	else if (us < MINUTE_US)
		buf_fmt(b, "%lld.%02lld s", (long long)(us / SECOND_US),
		    (long long)(us % SECOND_US / 10000));
	else if (us < HOUR_US)
		two_units(b, us, MINUTE_US, (const char *[2]){ "min", "s" });
	else if (us < DAY_US)
		two_units(b, us, HOUR_US, (const char *[2]){ "h", "min" });
	else
		two_units(b, us, DAY_US, (const char *[2]){ "d", "h" });
}

void
words_seconds(struct buf *b, int64_t us)
{
	buf_fmt(b, "%lld", (long long)(us / SECOND_US));
	int64_t rest = us % SECOND_US;
	if (rest == 0)
		return;
	char digits[8];
	int n = snprintf(digits, sizeof(digits), "%06d", (int)rest);
	while (n > 1 && digits[n - 1] == '0')
		n--;
	buf_fmt(b, ".%.*s", n, digits);
}

static const struct {
	const char *phase;
	const char *words;
} phases[] = {
	{ "waiting", "has not been started yet" },
	{ "starting", "is starting" },
	{ "ready", "is ready" },
	{ "backoff", "is waiting for its next start" },
	{ "draining", "is stopping: it gets no new work" },
	{ "before_stop", "is stopping: its before_stop runs" },
	{ "stopping", "is stopping" },
	{ "killing", "is being killed" },
	{ "stopped", "was stopped by hand" },
	{ "ended", "has ended" },
};

const char *
words_phase(const char *phase)
{
	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		if (strcmp(phases[i].phase, phase) == 0)
			return phases[i].words;
	return "is not ready";
}

void
words_instance(struct buf *b, const struct facts_service *s)
{
	if (s->num[HEALTH_SERVICE_INSTANCES] > 1)
		buf_fmt(b, ":%lld", (long long)s->num[HEALTH_SERVICE_INSTANCE]);
}

const char *
words_spare(const struct facts_service *s)
{
	static const char *const names[] = { "", "none", "boots", "parked" };
	size_t i = (size_t)s->num[HEALTH_SERVICE_SPARE];
	return i < ARRAY_LEN(names) ? names[i] : "";
}

void
words_last_exit(struct buf *b, const struct facts_service *s)
{
	if (s->num[HEALTH_SERVICE_LAST_AT_MS] == 0)
		return;
	int64_t number = s->num[HEALTH_SERVICE_LAST_SIGNAL];
	if (number != 0)
		buf_fmt(b, "was killed by %s", signame((int)number));
	else
		buf_fmt(b, "exited with code %lld",
		    (long long)s->num[HEALTH_SERVICE_LAST_CODE]);
}

bool
words_ready(const struct facts *f)
{
	return f->num[HEALTH_STATE_READY] && !f->num[HEALTH_STATE_STOPPING];
}

const char *
words_state(const struct facts *f)
{
	if (f->num[HEALTH_STATE_GAVE_UP])
		return "gave up";
	if (f->num[HEALTH_STATE_STOPPING])
		return "stopping";
	if (words_ready(f))
		return "ready";
	return f->num[HEALTH_STATE_STARTED] ? "not ready" : "starting";
}

void
words_escaped(
    struct buf *b, const char *text, const struct words_escape *special)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		size_t n = utf8_len(text + i, len - i);
		const struct words_escape *e = special;
		while (e->text != NULL && (n != 1 || e->byte != text[i]))
			e++;
		if (n == 0)
			buf_str(b, "\xef\xbf\xbd");
		else if (e->text != NULL)
			buf_str(b, e->text);
		else
			buf_add(b, text + i, n);
		i += n ? n : 1;
	}
}
