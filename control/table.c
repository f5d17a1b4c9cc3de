#include "control/table.h"

#include "core/guard.h"
#include "core/signame.h"
#include "healthcheck/words.h"

#include <string.h>

#define CELL_MAX 80

enum column {
	NAME,
	PHASE,
	PID,
	UPTIME,
	MEMORY,
	RESTARTS,
	HELD,
	SPARE,
	ZOMBIES,
	LAST,
	NEXT,
	COLUMNS
};

struct row {
	char cell[COLUMNS][CELL_MAX];
};

static const struct row heads = { {
    [NAME] = "NAME",
    [PHASE] = "PHASE",
    [PID] = "PID",
    [UPTIME] = "UPTIME",
    [MEMORY] = "MEMORY",
    [RESTARTS] = "RESTARTS",
    [HELD] = "SOCKETS",
    [SPARE] = "SPARE",
    [ZOMBIES] = "ZOMBIES",
    [LAST] = "LAST END",
    [NEXT] = "NEXT",
} };

/* How many columns a text takes, roughly: its characters. */
static int
width_of(const char *text)
{
	int n = 0;
	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Nothing of it may move the cursor. */
static void
add_plain(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		buf_add(b, c < ' ' || c == 0x7f ? "?" : text, 1);
	}
}

/* ---- one service ---- */

static void
add_last(struct buf *b, const int64_t *num, int64_t now_ms)
{
	int64_t at = num[HEALTH_SERVICE_LAST_AT_MS];
	int64_t number = num[HEALTH_SERVICE_LAST_SIGNAL];

	if (at == 0) {
		buf_str(b, "-");
		return;
	}
	if (number != 0)
		buf_str(b, signame((int)number));
	else
		buf_fmt(
		    b, "code %lld", (long long)num[HEALTH_SERVICE_LAST_CODE]);
	buf_str(b, ", ");
	words_duration(b, (now_ms > at ? now_ms - at : 0) * 1000);
	buf_str(b, " ago");
}

static void
duration_or_dash(struct buf *b, bool there, int64_t ms)
{
	if (there)
		words_duration(b, ms * 1000);
	else
		buf_str(b, "-");
}

static void
add_spare(struct buf *b, const struct facts_service *s)
{
	const int64_t *num = s->num;

	buf_str(b, num[HEALTH_SERVICE_SPARE] == 0 ? "-" : words_spare(s));
	if (num[HEALTH_SERVICE_SPARE_PID] == 0)
		return;
	buf_str(b, ", ");
	words_duration(b, num[HEALTH_SERVICE_SPARE_AGE_MS] * 1000);
	if (num[HEALTH_SERVICE_SPARE_MEMORY] > 0)
		buf_fmt(b, ", %.1f MB",
		    (double)num[HEALTH_SERVICE_SPARE_MEMORY] / (1 << 20));
}

static void
fill(struct row *row, const struct facts_service *s, int64_t now_ms)
{
	const int64_t *num = s->num;
	struct buf b[COLUMNS];
	int64_t starts = num[HEALTH_SERVICE_STARTS];

	for (int i = 0; i < COLUMNS; i++)
		buf_init(&b[i], row->cell[i], CELL_MAX);
	add_plain(&b[NAME], s->name);
	words_instance(&b[NAME], s);
	add_plain(&b[PHASE], s->phase);
	if (num[HEALTH_SERVICE_PID] != 0)
		buf_fmt(&b[PID], "%lld", (long long)num[HEALTH_SERVICE_PID]);
	else
		buf_str(&b[PID], "-");
	duration_or_dash(&b[UPTIME], num[HEALTH_SERVICE_UP] != 0,
	    num[HEALTH_SERVICE_UPTIME_MS]);
	if (num[HEALTH_SERVICE_MEMORY] > 0)
		buf_fmt(&b[MEMORY], "%.1f MB",
		    (double)num[HEALTH_SERVICE_MEMORY] / (1 << 20));
	else
		buf_str(&b[MEMORY], "-");
	buf_fmt(&b[RESTARTS], "%lld", (long long)(starts > 0 ? starts - 1 : 0));
	/* the sockets of all instances are the first one's */
	if (num[HEALTH_SERVICE_INSTANCE] > 0)
		buf_str(&b[HELD], "-");
	else
		buf_fmt(&b[HELD], "%lld", (long long)num[HEALTH_SERVICE_HELD]);
	add_spare(&b[SPARE], s);
	buf_fmt(&b[ZOMBIES], "%lld", (long long)num[HEALTH_SERVICE_ZOMBIES]);
	add_last(&b[LAST], num, now_ms);
	duration_or_dash(&b[NEXT], num[HEALTH_SERVICE_NEXT_MS] > 0,
	    num[HEALTH_SERVICE_NEXT_MS]);
	if (num[HEALTH_SERVICE_NEXT_MS] > 0) {
		buf_init(&b[NEXT], row->cell[NEXT], CELL_MAX);
		buf_str(&b[NEXT], "in ");
		words_duration(&b[NEXT], num[HEALTH_SERVICE_NEXT_MS] * 1000);
	}
}

/* ---- the page ---- */

static const char *
colour_of(const char *phase)
{
	if (strcmp(phase, "ready") == 0)
		return "\033[32m";
	if (strcmp(phase, "backoff") == 0 || strcmp(phase, "ended") == 0)
		return "\033[31m";
	return "\033[33m";
}

static void
add_cell(struct buf *b, const char *text, int width, const char *paint)
{
	if (paint != NULL)
		buf_str(b, paint);
	buf_str(b, text);
	if (paint != NULL)
		buf_str(b, "\033[0m");
	for (int n = width_of(text); width >= 0 && n < width + 2; n++)
		buf_str(b, " ");
}

/*
 * The last column is not filled up: no line ends in blanks.  One without a
 * width is left out.
 */
static void
add_row(struct buf *b, const struct row *row, const int *width,
    const char *paint[COLUMNS])
{
	int last = COLUMNS - 1;
	while (last > 0 && width[last] == 0)
		last--;
	for (int i = 0; i <= last; i++)
		if (width[i] > 0)
			add_cell(b, row->cell[i], i == last ? -1 : width[i],
			    paint[i]);
	buf_str(b, "\n");
}

static void
add_step(struct buf *b, const char *name, int64_t us, const char *glue)
{
	if (us < 1000)
		return;
	buf_fmt(b, "%s%s ", glue, name);
	words_duration(b, us);
}

static void
add_head(struct buf *b, const struct facts *f, bool colour)
{
	const char *state = words_state(f);

	buf_str(b, colour ? "\033[1m" : "");
	add_plain(b, f->app[0] != '\0' ? f->app : "cradle");
	buf_str(b, colour ? "\033[0m" : "");
	if (f->environment[0] != '\0') {
		buf_str(b, " ");
		add_plain(b, f->environment);
	}
	if (f->version[0] != '\0') {
		buf_str(b, " ");
		add_plain(b, f->version);
	}
	buf_str(b, ": ");
	add_cell(b, state, -1, colour ? colour_of(state) : NULL);
	buf_str(b, ", up ");
	words_duration(b, f->num[HEALTH_STATE_UPTIME_MS] * 1000);
	buf_str(b, "\n");
}

static void
add_boot(struct buf *b, const struct facts *f)
{
	const int64_t *n = f->num;

	buf_str(b, "boot: ");
	if (!n[HEALTH_STATE_STARTED]) {
		add_plain(b, f->step);
		buf_str(b, "\n\n");
		return;
	}
	words_duration(b, n[HEALTH_STATE_BOOT_US]);
	add_step(b, "secrets", n[HEALTH_STATE_SECRETS_US], ", ");
	add_step(b, "assets", n[HEALTH_STATE_ASSETS_US], ", ");
	add_step(b, "tasks", n[HEALTH_STATE_TASKS_US], ", ");
	add_step(b, "services", n[HEALTH_STATE_SERVICES_US], ", ");
	buf_str(b, "\n\n");
}

static bool
any(const struct facts *f, int field)
{
	for (size_t i = 0; i < f->services; i++)
		if (f->service[i].num[field] > 0)
			return true;
	return false;
}

/* Columns that are there only when somebody has something in them. */
static void
leave_out(int width[COLUMNS], const struct facts *f)
{
	if (!any(f, HEALTH_SERVICE_NEXT_MS))
		width[NEXT] = 0;
	if (!any(f, HEALTH_SERVICE_HELD))
		width[HELD] = 0;
	if (!any(f, HEALTH_SERVICE_SPARE))
		width[SPARE] = 0;
	if (!any(f, HEALTH_SERVICE_ZOMBIES))
		width[ZOMBIES] = 0;
}

static void
measure(int width[COLUMNS], const struct row *row)
{
	for (int i = 0; i < COLUMNS; i++)
		if (width_of(row->cell[i]) > width[i])
			width[i] = width_of(row->cell[i]);
}

void
table_render(struct buf *b, const struct facts *f, int64_t now_ms, bool colour)
{
	static struct row row[PLAN_SERVICES_MAX];
	const char *paint[COLUMNS] = { 0 };
	int width[COLUMNS] = { 0 };

	measure(width, &heads);
	for (size_t i = 0; i < f->services; i++) {
		fill(&row[i], &f->service[i], now_ms);
		measure(width, &row[i]);
	}
	leave_out(width, f);
	add_head(b, f, colour);
	add_boot(b, f);
	for (int i = 0; colour && i < COLUMNS; i++)
		paint[i] = "\033[1m";
	add_row(b, &heads, width, paint);
	memset(paint, 0, sizeof(paint));
	for (size_t i = 0; i < f->services; i++) {
		if (colour)
			paint[PHASE] = colour_of(f->service[i].phase);
		add_row(b, &row[i], width, paint);
	}
}

/* ---- change ---- */

static bool
is_same_service(const struct facts_service *a, const struct facts_service *b)
{
	static const int told[] = { HEALTH_SERVICE_PID, HEALTH_SERVICE_STARTS,
		HEALTH_SERVICE_LAST_AT_MS, HEALTH_SERVICE_READY,
		HEALTH_SERVICE_SPARE, HEALTH_SERVICE_HELD };

	for (size_t i = 0; i < ARRAY_LEN(told); i++)
		if (a->num[told[i]] != b->num[told[i]])
			return false;
	return strcmp(a->phase, b->phase) == 0;
}

bool
table_is_same(const struct facts *a, const struct facts *b)
{
	if (a->services != b->services || strcmp(a->step, b->step) != 0 ||
	    strcmp(words_state(a), words_state(b)) != 0)
		return false;
	for (size_t i = 0; i < a->services; i++)
		if (!is_same_service(&a->service[i], &b->service[i]))
			return false;
	return true;
}
