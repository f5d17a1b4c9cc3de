#include "notify/letter.h"

#include <stddef.h>

struct letter
letter_of(enum sink_kind sink, struct report *r)
{
	r->next[sink] = NULL;
	return (struct letter){
		.sink = sink,
		.oldest = r,
		.newest = r,
		.since_ns = r->at_ns,
	};
}

bool
letter_is_empty(const struct letter *l)
{
	return l->oldest == NULL;
}

void
letter_add(struct letter *l, struct report *r)
{
	if (l->newest == NULL) {
		l->oldest = r;
	} else {
		l->newest->next[l->sink] = r;
		l->repeats++;
	}
	r->next[l->sink] = NULL;
	l->newest = r;
}

struct report *
letter_pop(struct letter *l)
{
	struct report *r = l->oldest;

	if (r == NULL)
		return NULL;
	l->oldest = r->next[l->sink];
	if (l->oldest == NULL)
		l->newest = NULL;
	r->next[l->sink] = NULL;
	return r;
}

void
letter_join(struct letter *l, struct letter *from)
{
	if (letter_is_empty(from))
		return;
	from->newest->next[l->sink] = l->oldest;
	l->oldest = from->oldest;
	if (from->since_ns < l->since_ns)
		l->since_ns = from->since_ns;
	l->seen += from->seen;
	l->dropped += from->dropped;
	from->oldest = NULL;
	from->newest = NULL;
}

static bool
has_words(const struct report *r)
{
	return r->err_len > 0 || r->out_len > 0;
}

const struct report *
letter_witness(const struct letter *l)
{
	const struct report *best = l->newest;
	enum event_kind kind = l->newest->kind;

	if (has_words(best) ||
	    (kind != EVENT_CRASH_LOOP && kind != EVENT_GAVE_UP))
		return best;
	for (const struct report *r = l->oldest; r != NULL;
	     r = r->next[l->sink])
		if (has_words(r) && report_is_death(r))
			best = r;
	return best;
}
