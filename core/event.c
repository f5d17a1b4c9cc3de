#include "core/event.h"

#include "core/guard.h"

#define NAME(kind, name) name,
static const char *const event_names[] = { EVENT_KINDS(NAME) };
static const char *const sink_names[] = { SINK_KINDS(NAME) };
#undef NAME

static const char *const result_names[] = {
	[SINK_DELIVERED] = "delivered",
	[SINK_FAILED] = "failed",
	[SINK_DROPPED] = "dropped",
};
_Static_assert(ARRAY_LEN(result_names) == SINK_RESULTS, "a name per result");

const char *
event_name(unsigned kind)
{
	return kind < EVENT_COUNT ? event_names[kind] : "unknown";
}

const char *
sink_name(unsigned kind)
{
	return kind < SINK_COUNT ? sink_names[kind] : "unknown";
}

const char *
sink_result_name(unsigned result)
{
	return result < SINK_RESULTS ? result_names[result] : "unknown";
}
