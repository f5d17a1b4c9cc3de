#include "notify/report.h"

#include "core/guard_heap.h"
#include "core/secret.h"
#include "notify/text.h"

#include <errno.h>
#include <string.h>

struct text {
	char *data;
	size_t len;
};

static void
text_free(struct text *t)
{
	if (t->data != NULL)
		secret_wipe(t->data, t->len);
	free(t->data);
}

#define autotext __attribute__((cleanup(text_free)))

/* Names come from the environment, too, so they may be any bytes. */
static void
copy_name(const struct wire_field *f, char *ret, size_t size)
{
	autotext struct text clean = { NULL, 0 };

	ret[0] = '\0';
	if (text_clean(f->ptr, f->len, &clean.data, &clean.len) == 0)
		span_copy((struct span){ clean.data, clean.len }, ret, size);
}

void
report_ident(const struct wire_msg *msg, struct ident *ret)
{
	const struct wire_field *f = msg->field;

	copy_name(&f[COURIER_IDENT_APP], ret->app, sizeof(ret->app));
	copy_name(&f[COURIER_IDENT_ENVIRONMENT], ret->environment,
	    sizeof(ret->environment));
	copy_name(
	    &f[COURIER_IDENT_VERSION], ret->version, sizeof(ret->version));
	copy_name(&f[COURIER_IDENT_HOST], ret->host, sizeof(ret->host));
	copy_name(&f[COURIER_IDENT_CONTAINER], ret->container,
	    sizeof(ret->container));
	span_copy((struct span){ f[COURIER_IDENT_CA_FILE].ptr,
		      f[COURIER_IDENT_CA_FILE].len },
	    ret->ca_file, sizeof(ret->ca_file));
}

static int
safe_text(const struct wire_field *f, const struct redact *set, char **ret,
    size_t *ret_len)
{
	autotext struct text masked = { NULL, 0 };
	autotext struct text clean = { NULL, 0 };

	int r = redact_text(set, f->ptr, f->len, &masked.data, &masked.len);
	if (r < 0)
		return r;
	r = text_clean(masked.data, masked.len, &clean.data, &clean.len);
	if (r < 0)
		return r;
	return redact_text(set, clean.data, clean.len, ret, ret_len);
}

static void
take_facts(const struct wire_field *f, struct report *r)
{
	r->id = f[COURIER_EVENT_ID].num;
	r->kind = (enum event_kind)f[COURIER_EVENT_KIND].num;
	r->at_ns = f[COURIER_EVENT_AT_NS].num;
	copy_name(&f[COURIER_EVENT_SERVICE], r->service, sizeof(r->service));
	r->pid = f[COURIER_EVENT_PID].num;
	r->death = (struct cause_death){
		.code = (int)f[COURIER_EVENT_EXIT_CODE].num,
		.signal = (int)f[COURIER_EVENT_EXIT_SIGNAL].num,
		.core = f[COURIER_EVENT_CORE].num != 0,
		.oom = f[COURIER_EVENT_OOM].num != 0,
		.exec_errno = (int)f[COURIER_EVENT_EXEC_ERRNO].num,
		.peak_bytes = f[COURIER_EVENT_PEAK_BYTES].num,
	};
	r->uptime_ms = f[COURIER_EVENT_UPTIME_MS].num;
	r->restart = f[COURIER_EVENT_RESTART].num;
	r->restarts_max = f[COURIER_EVENT_RESTARTS_MAX].num;
	r->next_ms = f[COURIER_EVENT_NEXT_MS].num;
	r->window = f[COURIER_EVENT_WINDOW].num;
	r->cpu_ms = f[COURIER_EVENT_CPU_MS].num;
	r->outage_ms = f[COURIER_EVENT_OUTAGE_MS].num;
}

static int
take_texts(
    const struct wire_field *f, const struct redact *set, struct report *r)
{
	size_t reason_len;

	int err =
	    safe_text(&f[COURIER_EVENT_REASON], set, &r->reason, &reason_len);
	if (err == 0)
		err =
		    safe_text(&f[COURIER_EVENT_OUT], set, &r->out, &r->out_len);
	if (err == 0)
		err =
		    safe_text(&f[COURIER_EVENT_ERR], set, &r->err, &r->err_len);
	return err;
}

/* Something has ended, and why is worth looking for. */
static bool
is_end(enum event_kind kind)
{
	return kind != EVENT_RECOVERED && kind != EVENT_BOOT_FAILED &&
	       kind != EVENT_RELOAD && kind != EVENT_RELOAD_FAILED;
}

static const char *
why_replaced(const struct report *r)
{
	if (r->reason[0] != '\0')
		return r->reason;
	return r->kind == EVENT_MEMORY ? "used too much memory"
				       : "did not answer";
}

int
report_new(
    const struct wire_msg *msg, const struct redact *set, struct report **ret)
{
	struct report *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;

	take_facts(msg->field, r);
	int err = take_texts(msg->field, set, r);
	if (err < 0) {
		report_free(r);
		return err;
	}
	if (!is_end(r->kind)) {
		*ret = r;
		return 0;
	}
	if (report_is_replaced(r))
		r->death.replaced = why_replaced(r);
	cause_find(&r->death, (struct span){ r->err, r->err_len },
	    (struct span){ r->out, r->out_len }, &r->cause);
	fingerprint_of(&r->death, &r->cause, r->fingerprint);
	*ret = r;
	return 0;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	if (r->err != NULL)
		secret_wipe(r->err, r->err_len);
	if (r->out != NULL)
		secret_wipe(r->out, r->out_len);
	free(r->err);
	free(r->out);
	free(r->reason);
	free(r);
}

bool
report_is_replaced(const struct report *r)
{
	return r->kind == EVENT_UNRESPONSIVE || r->kind == EVENT_MEMORY;
}

bool
report_is_crash(const struct report *r)
{
	return r->kind == EVENT_CRASH || r->kind == EVENT_OOM ||
	       report_is_replaced(r);
}

bool
report_is_death(const struct report *r)
{
	switch (r->kind) {
	case EVENT_CRASH:
	case EVENT_CRASH_LOOP:
	case EVENT_GAVE_UP:
	case EVENT_OOM:
	case EVENT_UNRESPONSIVE:
	case EVENT_MEMORY:
		return r->pid != 0 || r->death.exec_errno != 0 ||
		       r->death.signal != 0 || r->death.code != 0;
	case EVENT_RECOVERED:
	case EVENT_BOOT_FAILED:
	case EVENT_RELOAD:
	case EVENT_RELOAD_FAILED:
	case EVENT_COUNT:
		return false;
	}
	return false;
}

bool
report_has_exit(const struct report *r)
{
	const struct cause_death *d = &r->death;

	if (r->kind == EVENT_BOOT_FAILED)
		return true;
	if (r->kind == EVENT_OOM && d->signal == 0 && d->code == 0)
		return false;
	return report_is_death(r);
}

void
report_remember(const struct report *r, struct report_memory *ret)
{
	if (r->kind != EVENT_CRASH && !report_is_replaced(r))
		return;
	memcpy(ret->service, r->service, sizeof(ret->service));
	memcpy(ret->fingerprint, r->fingerprint, sizeof(ret->fingerprint));
	ret->pid = r->pid;
	ret->cause = r->cause;
	ret->cause.stack = SPAN_NONE;
}

void
report_borrow(struct report *r, const struct report_memory *last)
{
	bool same_death =
	    r->kind == EVENT_CRASH_LOOP || r->kind == EVENT_GAVE_UP;

	if (last->pid == 0 || strcmp(last->service, r->service) != 0)
		return;
	if (r->kind != EVENT_RECOVERED &&
	    (!same_death || r->pid != last->pid || r->err_len > 0))
		return;
	r->cause = last->cause;
	memcpy(r->fingerprint, last->fingerprint, sizeof(r->fingerprint));
}
