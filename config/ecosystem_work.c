#include "config/ecosystem_work.h"

#include "config/expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NOTE_MAX 600
#define TEXT_MAX 4096

static char *
text_of(struct ecosystem_work *w, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];
	struct buf b = BUF_ON(text);
	buf_vfmt(&b, fmt, ap);
	return arena_text(w->arena, text, b.len);
}

char *
ecosystem_work_text(struct ecosystem_work *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = text_of(w, fmt, ap);
	va_end(ap);
	return text;
}

static void
note(struct ecosystem_work *w, bool refused, const char *text)
{
	struct ecosystem_answer *a = w->answer;
	for (size_t i = 0; i < a->notes; i++)
		if (strcmp(a->note[i].text, text) == 0)
			return;
	if (a->notes == ECOSYSTEM_NOTES_MAX) {
		a->untold++;
		return;
	}
	a->note[a->notes++] = (struct ecosystem_note){ refused, text };
}

void
ecosystem_work_refuse(
    struct ecosystem_work *w, const char *key, const char *fmt, ...)
{
	char text[NOTE_MAX];
	struct buf b = BUF_ON(text);
	va_list ap;
	buf_fmt(&b,
	    "cannot honour \"%.64s\" of the app \"%.64s\" of %.200s: ", key,
	    w->title, w->ask->file);
	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	note(w, true, arena_text(w->arena, text, b.len));
}

void
ecosystem_work_fail(struct ecosystem_work *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	note(w, true, text_of(w, fmt, ap));
	va_end(ap);
}

void
ecosystem_work_warn(struct ecosystem_work *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	note(w, false, text_of(w, fmt, ap));
	va_end(ap);
}

const char *
ecosystem_work_variable(const struct ecosystem_work *w, const char *name)
{
	return expand_variable(w->ask->environ_in, name, strlen(name));
}

static void
begin(struct ecosystem_work *w, const char *name)
{
	if (!w->first)
		buf_str(w->out, ",");
	if (w->depth > 0)
		buf_str(w->out, "\n");
	for (unsigned i = 0; i < w->depth; i++)
		buf_str(w->out, "  ");
	if (name != NULL) {
		buf_json(w->out, name, strlen(name));
		buf_str(w->out, ": ");
	}
	w->first = false;
}

void
ecosystem_work_open(struct ecosystem_work *w, const char *name, char what)
{
	begin(w, name);
	buf_add(w->out, &what, 1);
	w->depth++;
	w->first = true;
}

void
ecosystem_work_close(struct ecosystem_work *w, char what)
{
	w->depth--;
	buf_str(w->out, "\n");
	for (unsigned i = 0; i < w->depth; i++)
		buf_str(w->out, "  ");
	buf_add(w->out, &what, 1);
	w->first = false;
}

/* The copy is of use until the next thing is taken from the arena. */
void
ecosystem_work_string(
    struct ecosystem_work *w, const char *name, const char *text)
{
	size_t len = 0;
	char *doubled = arena_room(w->arena, 2 * strlen(text) + 1);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '$')
			doubled[len++] = '$';
		doubled[len++] = *p;
	}
	begin(w, name);
	buf_json(w->out, doubled, len);
}

void
ecosystem_work_plain(
    struct ecosystem_work *w, const char *name, const char *fmt, ...)
{
	va_list ap;
	begin(w, name);
	va_start(ap, fmt);
	buf_vfmt(w->out, fmt, ap);
	va_end(ap);
}
