#include "notify/cause.h"

#include "core/buf.h"
#include "core/guard.h"
#include "core/signame.h"
#include "notify/render.h"
#include "notify/trace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define NODE_UNSETTLED_AWAIT 13
#define SHELL_SIGNALED 128

#define NAME(kind, name) name,
static const char *const names[] = { CAUSE_KINDS(NAME) };
#undef NAME

const char *
cause_name(unsigned kind)
{
	return kind < CAUSE_COUNT ? names[kind] : "unknown";
}

/* What was too long ends in "…", never in half of a character. */
static void
mark_cut(struct buf *b)
{
	static const char dots[] = "\xe2\x80\xa6";
	size_t n = b->size - sizeof(dots);

	if (!b->cut)
		return;
	while (n > 0 && ((unsigned char)b->data[n] & 0xc0) == 0x80)
		n--;
	memcpy(b->data + n, dots, sizeof(dots));
	b->len = n + sizeof(dots) - 1;
}

static void say(struct cause *c, enum cause_kind kind, const char *title,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
say(struct cause *c, enum cause_kind kind, const char *title, const char *fmt,
    ...)
{
	struct buf head = BUF_ON(c->title);
	struct buf sentence = BUF_ON(c->sentence);
	va_list ap;

	c->kind = kind;
	c->title[0] = '\0';
	c->sentence[0] = '\0';
	buf_str(&head, title);
	va_start(ap, fmt);
	buf_vfmt(&sentence, fmt, ap);
	va_end(ap);
	mark_cut(&head);
	mark_cut(&sentence);
}

static void
say_trace(struct cause *c, const struct trace *t)
{
	char title[sizeof(t->detail) + 32];
	struct buf b = BUF_ON(title);

	title[0] = '\0';
	switch (t->kind) {
	case TRACE_UNCAUGHT:
		say(c, CAUSE_UNCAUGHT, t->detail, "%s%s", t->intro, t->detail);
		break;
	case TRACE_REJECTION:
		buf_fmt(&b, "rejected with %s", t->detail);
		say(c, CAUSE_REJECTION, title,
		    "a promise was rejected with %s and nobody caught it",
		    t->detail);
		break;
	case TRACE_HEAP_LIMIT:
		say(c, CAUSE_HEAP_LIMIT, "JavaScript heap out of memory",
		    "V8 reached its heap limit: a leak, or "
		    "--max-old-space-size is too small for the load");
		break;
	case TRACE_MISSING_MODULE:
		buf_fmt(&b, "module %s is missing", t->detail);
		say(c, CAUSE_MISSING_MODULE, title,
		    "module '%s' was not found: it is not in the image, or "
		    "its path is wrong",
		    t->detail);
		break;
	case TRACE_MISSING_LIBRARY:
		buf_fmt(&b, "cannot load %s", t->detail);
		say(c, CAUSE_MISSING_LIBRARY, title,
		    "a native library cannot be loaded: %s (missing in the "
		    "image, or built for another system)",
		    t->detail);
		break;
	case TRACE_PORT_IN_USE:
		buf_fmt(&b, "port %s is in use",
		    t->detail[0] != '\0' ? t->detail : "it wants");
		say(c, CAUSE_PORT_IN_USE, title,
		    "port %s is already in use by another process",
		    t->detail[0] != '\0' ? t->detail : "that it wants");
		break;
	case TRACE_UNSETTLED_AWAIT:
		say(c, CAUSE_UNSETTLED_AWAIT, "unsettled top-level await",
		    "a top-level await was never settled (Node's exit code "
		    "13): nothing was left to wait for");
		break;
	case TRACE_LOGGED:
	case TRACE_NONE:
	case TRACE_KINDS:
		return;
	}
	memcpy(c->where, t->where, sizeof(c->where));
	c->stack = t->stack;
}

/* ---- the ways to end, strongest first ---- */

struct scene {
	const struct cause_death *death;
	struct trace trace;
};

static bool
exec_failed(const struct scene *s, struct cause *ret)
{
	int err = s->death->exec_errno;

	if (err == 0)
		return false;
	const char *hint =
	    err == ENOENT   ? "no such program, or its interpreter is missing"
	    : err == EACCES ? "it is not executable for this user"
	    : err == ENOEXEC
		? "built for another machine, or a script without #!"
		: strerror(err);
	say(ret, CAUSE_EXEC_FAILED, "cannot be executed",
	    "the command cannot be executed: %s", hint);
	return true;
}

static bool
killed_by_oom(const struct scene *s, struct cause *ret)
{
	const struct cause_death *d = s->death;
	char peak[48];
	struct buf b = BUF_ON(peak);

	if (!d->oom ||
	    (d->signal != SIGKILL && d->code != SHELL_SIGNALED + SIGKILL))
		return false;
	peak[0] = '\0';
	if (d->peak_bytes > 0) {
		buf_str(&b, " (peak ");
		render_bytes(&b, d->peak_bytes);
		buf_str(&b, ")");
	}
	say(ret, CAUSE_KERNEL_OOM, "out of memory",
	    "killed by the kernel: the container's memory limit was "
	    "reached%s",
	    peak);
	return true;
}

/*
 * cradle told it to end, and killed it when it did not.  Whatever else the
 * program met on its way out is told by the ways below.
 */
static bool
replaced(const struct scene *s, struct cause *ret)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
		SIGSYS };
	const struct cause_death *d = s->death;

	if (d->replaced == NULL ||
	    (s->trace.kind != TRACE_NONE && s->trace.kind != TRACE_LOGGED))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (d->signal == faults[i])
			return false;
	say(ret, CAUSE_REPLACED, d->replaced, "%s; %s", d->replaced,
	    d->signal == SIGKILL
		? "cradle killed it: it did not end within its grace"
		: "cradle told it to end, and it did");
	return true;
}

static bool
killed_from_outside(const struct scene *s, struct cause *ret)
{
	if (s->death->signal != SIGKILL)
		return false;
	say(ret, CAUSE_KILLED, "SIGKILL",
	    "killed by SIGKILL from outside, not by the memory limit");
	return true;
}

/* Whether a program that ended this way can have printed a fatal report. */
static bool
may_have_spoken(const struct cause_death *d)
{
	static const int own[] = { SIGABRT, SIGSEGV, SIGTRAP, SIGILL, SIGBUS };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (d->signal == own[i])
			return true;
	return d->signal == 0 && d->code != 0;
}

static bool
said_why(const struct scene *s, struct cause *ret)
{
	if (s->trace.kind == TRACE_NONE || s->trace.kind == TRACE_LOGGED)
		return false;
	say_trace(ret, &s->trace);
	return true;
}

static bool
hit_by_oom(const struct scene *s, struct cause *ret)
{
	if (!s->death->oom)
		return false;
	say(ret, CAUSE_KERNEL_OOM, "out of memory",
	    "the kernel's OOM killer took a process of its tree: the "
	    "container's memory limit was reached");
	return true;
}

/* What a signal means that a program brings upon itself. */
static const char *const meanings[] = {
	[SIGILL] = "an instruction that this CPU does not know",
	[SIGTRAP] = "a failed internal check in native code",
	[SIGABRT] = "it aborted itself",
	[SIGBUS] = "memory that is not there, often of a file that was cut",
	[SIGFPE] = "an impossible calculation in native code",
	[SIGSEGV] = "invalid memory access in native code",
	[SIGPIPE] = "it wrote to a pipe or connection that nobody reads",
	[SIGXCPU] = "its limit of CPU time is used up",
	[SIGXFSZ] = "a file grew over its limit",
	[SIGSYS] = "a system call that the container's profile forbids",
};

static const char *
meaning_of(int signal)
{
	return (size_t)signal < ARRAY_LEN(meanings) ? meanings[signal] : NULL;
}

static bool
signaled(const struct scene *s, struct cause *ret)
{
	int signal = s->death->signal;
	const char *name = signame(signal);
	const char *meaning = meaning_of(signal);

	if (signal == 0)
		return false;
	if (meaning != NULL)
		say(ret, CAUSE_FAULT, name, "%s: %s", name, meaning);
	else
		say(ret, CAUSE_SIGNALED, name, "ended by %s from outside",
		    name);
	return true;
}

static bool
awaited_for_ever(const struct scene *s, struct cause *ret)
{
	const struct trace t = { .kind = TRACE_UNSETTLED_AWAIT };

	/* A stack on its way out means another program's own 13. */
	if (s->death->code != NODE_UNSETTLED_AWAIT ||
	    s->trace.kind != TRACE_NONE)
		return false;
	say_trace(ret, &t);
	return true;
}

static bool
shell_told(const struct scene *s, struct cause *ret)
{
	int code = s->death->code;
	const char *name = signame(code - SHELL_SIGNALED);

	if (code == 126 || code == 127) {
		say(ret, CAUSE_EXIT_CODE, code == 126 ? "exit 126" : "exit 127",
		    "exit code %d, which shells use for a command that %s",
		    code, code == 126 ? "cannot be run" : "is not found");
		return true;
	}
	if (code <= SHELL_SIGNALED || code > SHELL_SIGNALED + SIGSYS)
		return false;
	say(ret, CAUSE_EXIT_CODE, name,
	    "exit code %d: a process under it was ended by %s", code, name);
	return true;
}

static bool
exited(const struct scene *s, struct cause *ret)
{
	char title[32];
	struct buf b = BUF_ON(title);

	title[0] = '\0';
	buf_fmt(&b, "exit code %d", s->death->code);
	if (s->trace.kind != TRACE_LOGGED) {
		say(ret, CAUSE_EXIT_CODE, title, "ended with exit code %d",
		    s->death->code);
		return true;
	}
	say(ret, CAUSE_EXIT_CODE, title,
	    "ended with exit code %d; the last error in its output: %s",
	    s->death->code, s->trace.detail);
	memcpy(ret->where, s->trace.where, sizeof(ret->where));
	ret->stack = s->trace.stack;
	return true;
}

static bool (*const ways[])(const struct scene *s, struct cause *ret) = {
	exec_failed,
	killed_by_oom,
	replaced,
	killed_from_outside,
	said_why,
	hit_by_oom,
	signaled,
	awaited_for_ever,
	shell_told,
	exited,
};

void
cause_find(const struct cause_death *death, struct span err, struct span out,
    struct cause *ret)
{
	struct scene s = { .death = death, .trace = { .kind = TRACE_NONE } };
	struct trace other;

	*ret = (struct cause){ .kind = CAUSE_NONE };
	if (may_have_spoken(death)) {
		trace_find(err, &s.trace);
		if (s.trace.kind == TRACE_NONE ||
		    s.trace.kind == TRACE_LOGGED) {
			trace_find(out, &other);
			if (other.kind != TRACE_NONE &&
			    (s.trace.kind == TRACE_NONE ||
				other.kind != TRACE_LOGGED))
				s.trace = other;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (ways[i](&s, ret))
			return;
}
