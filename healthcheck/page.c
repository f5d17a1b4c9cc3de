#include "healthcheck/page.h"

#include "core/guard.h"
#include "core/jail.h"
#include "healthcheck/words.h"

/*
 * The hash in the policy is that of the style's bytes; a test compares them,
 * and says what the hash must be.
 */
#define STYLE                                                                 \
	":root{color-scheme:light dark;--line:#8884;--dim:#777}"              \
	"body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;"            \
	"margin:2rem auto;padding:0 1rem}"                                    \
	"h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 "     \
	".5rem}"                                                              \
	"p{margin:.25rem 0;color:var(--dim)}"                                 \
	"table{border-collapse:collapse;width:100%}"                          \
	"th,td{text-align:left;padding:.35rem .75rem .35rem 0;"               \
	"border-bottom:1px solid var(--line);vertical-align:top}"             \
	"th{font-weight:600;color:var(--dim)}"                                \
	"td.n{font-variant-numeric:tabular-nums}"                             \
	"b{display:inline-block;padding:0 .6em;border-radius:1em;color:#fff;" \
	"font-size:.85em;font-weight:600;background:#b42318}"                 \
	"b.ok{background:#067647}b.wait{background:#b54708}"                  \
	"a{color:inherit}"

#define STYLE_HASH "sha256-LtpKEuYGEpZFl9h8+0/ySNonV1fr+Qhy+K55+w4Jvrw="

static const struct words_escape html_escapes[] = {
	{ '&', "&amp;" },
	{ '<', "&lt;" },
	{ '>', "&gt;" },
	{ '"', "&quot;" },
	{ '\'', "&#39;" },
	{ 0, NULL },
};

static void
text(struct buf *b, const char *value)
{
	words_escaped(b, value, html_escapes);
}

static void
cell(struct buf *b, const char *value)
{
	buf_str(b, "<td>");
	text(b, value);
}

static void
cell_number(struct buf *b, int64_t value)
{
	buf_fmt(b, "<td class=n>%lld", (long long)value);
}

static void
cell_duration(struct buf *b, int64_t us)
{
	buf_str(b, "<td class=n>");
	words_duration(b, us);
}

static void
badge(struct buf *b, const char *class, const char *words)
{
	buf_fmt(b, "<b class=%s>", class);
	text(b, words);
	buf_str(b, "</b>");
}

static const char *
state_class(const struct facts *f)
{
	if (words_ready(f))
		return "ok";
	return f->num[HEALTH_STATE_GAVE_UP] ? "no" : "wait";
}

static void
add_top(struct buf *b, const struct facts *f)
{
	const char *name = f->app[0] ? f->app : "cradle";

	buf_str(b,
	    "<!DOCTYPE html><html lang=en><meta charset=utf-8>"
	    "<meta name=viewport content=\"width=device-width\"><title>");
	text(b, name);
	buf_fmt(b, ": %s</title>", words_state(f));
	buf_str(b, "<style>" STYLE "</style><h1>");
	text(b, name);
	buf_str(b, " ");
	badge(b, state_class(f), words_state(f));
	buf_str(b, "</h1><p>");
	if (f->environment[0]) {
		text(b, f->environment);
		buf_str(b, ", ");
	}
	if (f->version[0]) {
		buf_str(b, "version ");
		text(b, f->version);
		buf_str(b, ", ");
	}
	buf_str(b, "up ");
	words_duration(b, f->num[HEALTH_STATE_UPTIME_MS] * 1000);
	if (f->step[0] && !f->num[HEALTH_STATE_STARTED]) {
		buf_str(b, ", now: ");
		text(b, f->step);
	}
	buf_str(b, "</p>");
}

static const char *
service_class(const struct facts_service *s)
{
	if (s->num[HEALTH_SERVICE_READY])
		return "ok";
	return s->num[HEALTH_SERVICE_UP] ? "wait" : "no";
}

static void
add_spare(struct buf *b, const struct facts_service *s)
{
	const int64_t *num = s->num;

	cell(b, num[HEALTH_SERVICE_SPARE] == 0 ? "-" : words_spare(s));
	if (num[HEALTH_SERVICE_SPARE_PID] == 0)
		return;
	buf_fmt(b, ", pid %lld, ", (long long)num[HEALTH_SERVICE_SPARE_PID]);
	words_duration(b, num[HEALTH_SERVICE_SPARE_AGE_MS] * 1000);
}

static void
add_service(struct buf *b, const struct facts_service *s)
{
	const int64_t *num = s->num;

	buf_str(b, "<tr>");
	cell(b, s->name);
	words_instance(b, s);
	buf_str(b, "<td>");
	badge(b, service_class(s), s->phase);
	if (num[HEALTH_SERVICE_NEXT_MS] > 0) {
		buf_str(b, " next start in ");
		words_duration(b, num[HEALTH_SERVICE_NEXT_MS] * 1000);
	}
	if (num[HEALTH_SERVICE_UP]) {
		cell_number(b, num[HEALTH_SERVICE_PID]);
		cell_duration(b, num[HEALTH_SERVICE_UPTIME_MS] * 1000);
	} else {
		buf_str(b, "<td>-<td>-");
	}
	cell_number(b, num[HEALTH_SERVICE_STARTS]);
	cell_number(b, num[HEALTH_SERVICE_HELD]);
	add_spare(b, s);
	buf_str(b, "<td>");
	words_last_exit(b, s);
}

static void
add_services(struct buf *b, const struct facts *f)
{
	if (f->services == 0)
		return;
	buf_str(b, "<h2>Services</h2><table><tr><th>name<th>phase<th>pid<th>up"
		   "<th>starts<th>held sockets<th>spare<th>last life");
	for (size_t i = 0; i < f->services; i++)
		add_service(b, &f->service[i]);
	buf_str(b, "</table>");
}

static void
add_boot_row(struct buf *b, const char *name, int64_t us)
{
	if (us == 0)
		return;
	buf_str(b, "<tr>");
	cell(b, name);
	cell_duration(b, us);
}

static void
add_boot(struct buf *b, const int64_t *num)
{
	buf_str(b, "<h2>Boot</h2><table><tr><th>part<th>took");
	add_boot_row(b, "secrets", num[HEALTH_STATE_SECRETS_US]);
	add_boot_row(b, "assets", num[HEALTH_STATE_ASSETS_US]);
	add_boot_row(b, "tasks", num[HEALTH_STATE_TASKS_US]);
	add_boot_row(b, "services", num[HEALTH_STATE_SERVICES_US]);
	add_boot_row(b, "in all", num[HEALTH_STATE_BOOT_US]);
	buf_fmt(b, "</table><p>%lld secrets in %lld requests; ",
	    (long long)num[HEALTH_STATE_SECRETS],
	    (long long)num[HEALTH_STATE_SECRETS_REQUESTS]);
	buf_fmt(b, "%lld asset files, %lld rewritten.</p>",
	    (long long)num[HEALTH_STATE_SCANNED],
	    (long long)num[HEALTH_STATE_REWRITTEN]);
}

static void
add_roles(struct buf *b, const struct facts *f)
{
	char jail[128];

	if (f->roles == 0)
		return;
	buf_str(b, "<h2>Helpers</h2><table><tr><th>role<th>pid<th>restarts"
		   "<th>rights given up");
	for (size_t i = 0; i < f->roles; i++) {
		const struct facts_role *r = &f->role[i];
		buf_str(b, "<tr>");
		cell(b, r->name);
		if (r->num[HEALTH_ROLE_PID] != 0)
			cell_number(b, r->num[HEALTH_ROLE_PID]);
		else
			cell(b, "-");
		cell_number(b, r->num[HEALTH_ROLE_RESTARTS]);
		jail_names(
		    (unsigned)r->num[HEALTH_ROLE_JAIL], jail, sizeof(jail));
		cell(b, jail);
	}
	buf_str(b, "</table>");
}

static void
add_sinks(struct buf *b, const struct facts *f)
{
	if (f->sinks == 0)
		return;
	buf_str(b, "<h2>Events</h2><table><tr><th>sink<th>delivered<th>failed"
		   "<th>dropped");
	for (size_t i = 0; i < f->sinks; i++) {
		const int64_t *num = f->sink[i].num;
		buf_str(b, "<tr>");
		cell(b, sink_name((unsigned)num[HEALTH_SINK_KIND]));
		cell_number(b, num[HEALTH_SINK_DELIVERED]);
		cell_number(b, num[HEALTH_SINK_FAILED]);
		cell_number(b, num[HEALTH_SINK_DROPPED]);
	}
	buf_fmt(b, "</table><p>%lld waiting.</p>",
	    (long long)f->num[HEALTH_STATE_PENDING]);
}

void
page_render(struct reply *r, const struct facts *f)
{
	struct buf *b = &r->body;

	reply_begin(r);
	r->type = "text/html; charset=utf-8";
	r->more = "Content-Security-Policy: default-src 'none'; "
		  "style-src '" STYLE_HASH "'; base-uri 'none'; "
		  "form-action 'none'; frame-ancestors 'none'\r\n"
		  "Referrer-Policy: no-referrer\r\n";
	add_top(b, f);
	add_services(b, f);
	add_boot(b, f->num);
	add_roles(b, f);
	add_sinks(b, f);
	buf_fmt(b,
	    "<h2>More</h2><p><a href=/readyz?verbose>readyz</a> "
	    "<a href=/livez?verbose>livez</a> "
	    "<a href=/startupz?verbose>startupz</a> "
	    "<a href=/status>status</a> <a href=/metrics>metrics</a></p>"
	    "<p>cradle %s, %lld orphans reaped</p></html>\n",
	    CRADLE_VERSION, (long long)f->num[HEALTH_STATE_ORPHANS]);
}
