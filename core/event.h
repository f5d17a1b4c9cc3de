#ifndef CORE_EVENT_H
#define CORE_EVENT_H

/*
 * What can happen that somebody wants to hear of.  Names as sinks and metrics
 * show them.  The numbers travel in COURIER_EVENT.
 */
#define EVENT_KINDS(K)                  \
	K(CRASH, "crash")               \
	K(CRASH_LOOP, "crash_loop")     \
	K(GAVE_UP, "gave_up")           \
	K(RECOVERED, "recovered")       \
	K(BOOT_FAILED, "boot_failed")   \
	K(OOM, "oom")                   \
	K(UNRESPONSIVE, "unresponsive") \
	K(MEMORY, "memory")             \
	K(RELOAD, "reload")             \
	K(RELOAD_FAILED, "reload_failed")

enum event_kind {
#define EVENT_ENUM(kind, name) EVENT_##kind,
	EVENT_KINDS(EVENT_ENUM)
#undef EVENT_ENUM
	    EVENT_COUNT
};

/* "crash" and so on; "unknown" out of range. */
const char *event_name(unsigned kind);

/* Where events go.  Names as in cradle.json's "events". */
#define SINK_KINDS(K)     \
	K(SLACK, "slack") \
	K(LOKI, "loki")

enum sink_kind {
#define SINK_ENUM(kind, name) SINK_##kind,
	SINK_KINDS(SINK_ENUM)
#undef SINK_ENUM
	    SINK_COUNT
};

const char *sink_name(unsigned kind);

/* What became of one event at one sink. */
enum sink_result { SINK_DELIVERED, SINK_FAILED, SINK_DROPPED, SINK_RESULTS };

const char *sink_result_name(unsigned result);

#endif
