#ifndef CORE_WIRE_TYPES_H
#define CORE_WIRE_TYPES_H

#include "core/event.h"

/*
 * The table of messages.  docs/protocol.md says it in words.
 *
 *	M(TYPE, direction, descriptor)	direction: DOWN to a helper, UP to PID 1
 *	F(TYPE, FIELD, NUM, max)	an integer, 0 to max
 *	F(TYPE, FIELD, STR, max)	text without NUL, at most max bytes
 *	F(TYPE, FIELD, BIN, max)	bytes, at most max
 *
 * For each type this makes WIRE_TYPE, and TYPE_FIELD for each of its fields,
 * which is the index into struct wire_msg's field[].
 */

#define WIRE_NAME_MAX 256           /* a service, a file name, a host */
#define WIRE_LIST_MAX (32 * 1024)   /* words, a line each */
#define WIRE_TEXT_MAX 4096          /* a URL, a path, a reason in one line */
#define WIRE_SECRET_MAX (64 * 1024) /* decoded secret: the vendor's limit */
#define WIRE_VALUE_MAX (128 * 1024) /* one environment string: the kernel's */
#define WIRE_TAIL_MAX (16 * 1024)   /* last words of one stream */
#define WIRE_SLOTS 1024             /* variables, streams, probes: any index */
#define WIRE_MS_MAX INT64_C(4000000000000) /* durations and epoch times, ms */
#define WIRE_BIG INT64_C(1000000000000000) /* counters and byte counts */
#define WIRE_NS_MAX INT64_MAX

/* clang-format off */
#define WIRE_MESSAGES(M) \
	/* every role */ \
	M(LOGGING,        DOWN, NO_FD) \
	M(SETENV,         DOWN, NO_FD) \
	M(GO,             DOWN, NO_FD) \
	M(JAILED,         UP,   NO_FD) \
	M(FAILED,         UP,   NO_FD) \
	/* fetch */ \
	M(FETCH_SCW,      DOWN, NO_FD) \
	M(FETCH_WANT,     DOWN, NO_FD) \
	M(FETCH_VALUE,    UP,   NO_FD) \
	M(FETCH_MISS,     UP,   NO_FD) \
	M(FETCH_DONE,     UP,   NO_FD) \
	/* inject */ \
	M(INJECT_ROOT,    DOWN, NO_FD) \
	M(INJECT_ASK,     UP,   NO_FD) \
	M(INJECT_VAR,     DOWN, NO_FD) \
	M(INJECT_DONE,    UP,   NO_FD) \
	/* scribe */ \
	M(SCRIBE_RING,    DOWN, WITH_FD) \
	M(SCRIBE_SECRET,  DOWN, NO_FD) \
	M(SCRIBE_OPEN,    DOWN, WITH_FD) \
	M(SCRIBE_EOF,     UP,   NO_FD) \
	M(SCRIBE_ASK,     DOWN, NO_FD) \
	M(SCRIBE_TAIL,    UP,   NO_FD) \
	M(SCRIBE_READ,    DOWN, NO_FD) \
	M(SCRIBE_TEXT,    UP,   NO_FD) \
	M(SCRIBE_COUNT,   UP,   NO_FD) \
	M(SCRIBE_STOP,    DOWN, NO_FD) \
	/* courier */ \
	M(COURIER_IDENT,  DOWN, NO_FD) \
	M(COURIER_SINK,   DOWN, NO_FD) \
	M(COURIER_SECRET, DOWN, NO_FD) \
	M(COURIER_EVENT,  DOWN, NO_FD) \
	M(COURIER_RESULT, UP,   NO_FD) \
	M(COURIER_FLUSH,  DOWN, NO_FD) \
	M(COURIER_IDLE,   UP,   NO_FD) \
	/* health */ \
	M(HEALTH_LISTEN,  DOWN, WITH_FD) \
	M(HEALTH_PROBE,   DOWN, NO_FD) \
	M(HEALTH_UNPROBE, DOWN, NO_FD) \
	M(HEALTH_RESULT,  UP,   NO_FD) \
	M(HEALTH_ASK,     UP,   NO_FD) \
	M(HEALTH_STATE,   DOWN, NO_FD) \
	M(HEALTH_SERVICE, DOWN, NO_FD) \
	M(HEALTH_ROLE,    DOWN, NO_FD) \
	M(HEALTH_SINK,    DOWN, NO_FD) \
	M(HEALTH_END,     DOWN, NO_FD) \
	/* a client of the control socket */ \
	M(CONTROL_ASK,    UP,   NO_FD) \
	M(CONTROL_READ,   UP,   NO_FD) \
	M(CONTROL_TEXT,   DOWN, NO_FD) \
	M(CONTROL_DONE,   DOWN, NO_FD)

/* ---- every role ------------------------------------------------------- */

/* how to log: core/log.h's enums */
#define WIRE_FIELDS_LOGGING(F, T) \
	F(T, LEVEL,  NUM, 3) \
	F(T, FORMAT, NUM, 1)

/* a variable that the helper's library reads, such as https_proxy: set in the
   helper's own heap, never in its initial environment */
#define WIRE_FIELDS_SETENV(F, T) \
	F(T, NAME,  STR, WIRE_NAME_MAX) \
	F(T, VALUE, STR, WIRE_VALUE_MAX)

/* everything has been said: begin */
#define WIRE_FIELDS_GO(F, T)

/* which of core/jail.h's rights were really taken away */
#define WIRE_FIELDS_JAILED(F, T) \
	F(T, BITS, NUM, 0xffff)

/* the whole job failed: cradle's exit code, and the line that says why */
#define WIRE_FIELDS_FAILED(F, T) \
	F(T, CODE,   NUM, 255) \
	F(T, REASON, STR, WIRE_TEXT_MAX)

/* ---- fetch ------------------------------------------------------------ */

/* the manager: empty text for what is not set; KEY wins over KEY_FILE */
#define WIRE_FIELDS_FETCH_SCW(F, T) \
	F(T, API_URL,     STR, WIRE_TEXT_MAX) \
	F(T, REGION,      STR, WIRE_NAME_MAX) \
	F(T, PROJECT,     STR, WIRE_NAME_MAX) \
	F(T, KEY,         STR, WIRE_TEXT_MAX) \
	F(T, KEY_FILE,    STR, WIRE_TEXT_MAX) \
	F(T, CA_FILE,     STR, WIRE_TEXT_MAX) \
	F(T, DEADLINE_MS, NUM, WIRE_MS_MAX)

/* one variable whose value is a reference; INDEX comes back in the answer */
#define WIRE_FIELDS_FETCH_WANT(F, T) \
	F(T, INDEX,     NUM, WIRE_SLOTS - 1) \
	F(T, VARIABLE,  STR, WIRE_NAME_MAX) \
	F(T, REFERENCE, STR, WIRE_TEXT_MAX)

#define WIRE_FIELDS_FETCH_VALUE(F, T) \
	F(T, INDEX, NUM, WIRE_SLOTS - 1) \
	F(T, VALUE, BIN, WIRE_SECRET_MAX)

/* ABSENT 1: an optional reference without a value, so unset the variable;
   else CODE is 69, 77 or 78 and REASON names variable, reference and answer */
#define WIRE_FIELDS_FETCH_MISS(F, T) \
	F(T, INDEX,  NUM, WIRE_SLOTS - 1) \
	F(T, ABSENT, NUM, 1) \
	F(T, CODE,   NUM, 255) \
	F(T, REASON, STR, WIRE_TEXT_MAX)

/* every want has been answered: secrets by provider, requests made, retries */
#define WIRE_FIELDS_FETCH_DONE(F, T) \
	F(T, SCW,      NUM, WIRE_SLOTS) \
	F(T, FILES,    NUM, WIRE_SLOTS) \
	F(T, REQUESTS, NUM, WIRE_BIG) \
	F(T, RETRIES,  NUM, WIRE_BIG)

/* ---- inject ----------------------------------------------------------- */

/*
 * one asset root; OUTPUT and STORE empty when not configured; MODE, QUOTING and
 * UNSET, SIBLINGS and MAPS in the order of their keys' choices; NAMES, MARKS and
 * ALLOWED, a line each, empty without "variables", "patterns", "allow_secret"
 */
#define WIRE_FIELDS_INJECT_ROOT(F, T) \
	F(T, ROOT,    STR, WIRE_TEXT_MAX) \
	F(T, EXAMPLE, STR, WIRE_TEXT_MAX) \
	F(T, OUTPUT,  STR, WIRE_TEXT_MAX) \
	F(T, STORE,   STR, WIRE_TEXT_MAX) \
	F(T, MODE,    NUM, 3) \
	F(T, NAMES,   STR, WIRE_LIST_MAX) \
	F(T, QUOTING, NUM, 8) \
	F(T, UNSET,   NUM, 2) \
	F(T, STRICT,  NUM, 1) \
	F(T, MARKS,   STR, WIRE_LIST_MAX) \
	F(T, PATH,    STR, WIRE_TEXT_MAX) \
	F(T, GLOBAL,  STR, WIRE_TEXT_MAX) \
	F(T, HASH,    NUM, 1) \
	F(T, SIBLINGS, NUM, 2) \
	F(T, DIGESTS, NUM, 1) \
	F(T, MAPS,    NUM, 2) \
	F(T, CSP,     STR, WIRE_TEXT_MAX) \
	F(T, ALLOWED, STR, WIRE_LIST_MAX)

/*
 * what is this variable?  answered by INJECT_VAR with the same serial; of
 * "NAME_*" the value is the names that begin so, a line each
 */
#define WIRE_FIELDS_INJECT_ASK(F, T) \
	F(T, NAME, STR, WIRE_NAME_MAX)

/* KIND 0 unset, 1 set, 2 came from a secret (no value is given), 3 the same and
   a root allows it by name (the value is given) */
#define WIRE_FIELDS_INJECT_VAR(F, T) \
	F(T, KIND,  NUM, 3) \
	F(T, VALUE, BIN, WIRE_VALUE_MAX)

/* READ: bytes; US: the time of the work itself */
#define WIRE_FIELDS_INJECT_DONE(F, T) \
	F(T, SCANNED,      NUM, WIRE_BIG) \
	F(T, REWRITTEN,    NUM, WIRE_BIG) \
	F(T, DEPENDENTS,   NUM, WIRE_BIG) \
	F(T, PLACEHOLDERS, NUM, WIRE_BIG) \
	F(T, READ,         NUM, WIRE_BIG) \
	F(T, US,           NUM, WIRE_BIG)

/* ---- scribe ----------------------------------------------------------- */

/* the shared ring (logs/ring.h), a memfd of PID 1's, for SERVICES services */
#define WIRE_FIELDS_SCRIBE_RING(F, T) \
	F(T, SERVICES, NUM, WIRE_SLOTS)

/* a value to mask in everything that leaves by SCRIBE_TAIL */
#define WIRE_FIELDS_SCRIBE_SECRET(F, T) \
	F(T, VALUE, BIN, WIRE_SECRET_MAX)

/* read end of a service's pipe; STREAM is unique among PID 1's streams;
   CHANNEL 1 stdout, 2 stderr; FRESH 1 when a new life begins with it */
#define WIRE_FIELDS_SCRIBE_OPEN(F, T) \
	F(T, STREAM,  NUM, WIRE_BIG) \
	F(T, SERVICE, NUM, WIRE_SLOTS - 1) \
	F(T, CHANNEL, NUM, 2) \
	F(T, FRESH,   NUM, 1)

/* all writers are gone, every byte has been passed on: close yours */
#define WIRE_FIELDS_SCRIBE_EOF(F, T) \
	F(T, STREAM, NUM, WIRE_BIG)

/* the service died: drain what its pipes hold now, then answer SCRIBE_TAIL */
#define WIRE_FIELDS_SCRIBE_ASK(F, T) \
	F(T, SERVICE, NUM, WIRE_SLOTS - 1)

/* the last lines of that life, redacted, whole lines where possible; with the
   serial of the question */
#define WIRE_FIELDS_SCRIBE_TAIL(F, T) \
	F(T, SERVICE, NUM, WIRE_SLOTS - 1) \
	F(T, OUT, BIN, WIRE_TAIL_MAX) \
	F(T, ERR, BIN, WIRE_TAIL_MAX)

/* what was kept of one channel (1 stdout, 2 stderr) of a service: whole lines
   from byte FROM of all it ever wrote; LAST_TOO 1: an unfinished line too;
   answered with the same serial */
#define WIRE_FIELDS_SCRIBE_READ(F, T) \
	F(T, SERVICE,  NUM, WIRE_SLOTS - 1) \
	F(T, CHANNEL,  NUM, 2) \
	F(T, FROM,     NUM, WIRE_BIG) \
	F(T, LAST_TOO, NUM, 1)

/* redacted; it begins at FROM, which is later than asked for when that is not
   kept any more, and goes on at NEXT; MORE 1: with more */
#define WIRE_FIELDS_SCRIBE_TEXT(F, T) \
	F(T, FROM, NUM, WIRE_BIG) \
	F(T, NEXT, NUM, WIRE_BIG) \
	F(T, MORE, NUM, 1) \
	F(T, TEXT, BIN, WIRE_TAIL_MAX)

/* lines passed on since the scribe's start; sent with each tail and at EOF */
#define WIRE_FIELDS_SCRIBE_COUNT(F, T) \
	F(T, SERVICE,   NUM, WIRE_SLOTS - 1) \
	F(T, OUT_LINES, NUM, WIRE_BIG) \
	F(T, ERR_LINES, NUM, WIRE_BIG)

/* drain what is there, until DEADLINE_MS from now, and leave */
#define WIRE_FIELDS_SCRIBE_STOP(F, T) \
	F(T, DEADLINE_MS, NUM, WIRE_MS_MAX)

/* ---- courier ---------------------------------------------------------- */

#define WIRE_FIELDS_COURIER_IDENT(F, T) \
	F(T, APP,         STR, WIRE_NAME_MAX) \
	F(T, ENVIRONMENT, STR, WIRE_NAME_MAX) \
	F(T, VERSION,     STR, WIRE_NAME_MAX) \
	F(T, HOST,        STR, WIRE_NAME_MAX) \
	F(T, CONTAINER,   STR, WIRE_NAME_MAX) \
	F(T, CA_FILE,     STR, WIRE_TEXT_MAX)

/* TOKEN: Loki's; a Slack webhook's URL is the secret itself */
#define WIRE_FIELDS_COURIER_SINK(F, T) \
	F(T, KIND,  NUM, SINK_COUNT - 1) \
	F(T, URL,   STR, WIRE_TEXT_MAX) \
	F(T, TOKEN, STR, WIRE_TEXT_MAX)

/* a value to mask in everything that leaves */
#define WIRE_FIELDS_COURIER_SECRET(F, T) \
	F(T, VALUE, BIN, WIRE_SECRET_MAX)

/* ID counts up from 1; EXIT_SIGNAL 0 when it exited with EXIT_CODE;
   NEXT_MS until the next life, WIRE_MS_MAX: none follows; WINDOW failures in
   the sliding window, RESTARTS_MAX of them are a crash loop; REASON for events
   that no process died for */
#define WIRE_FIELDS_COURIER_EVENT(F, T) \
	F(T, ID,          NUM, WIRE_BIG) \
	F(T, KIND,        NUM, EVENT_COUNT - 1) \
	F(T, AT_NS,       NUM, WIRE_NS_MAX) \
	F(T, SERVICE,     STR, WIRE_NAME_MAX) \
	F(T, PID,         NUM, WIRE_BIG) \
	F(T, EXIT_CODE,   NUM, 255) \
	F(T, EXIT_SIGNAL, NUM, 127) \
	F(T, CORE,        NUM, 1) \
	F(T, OOM,         NUM, 1) \
	F(T, EXEC_ERRNO,  NUM, 4095) \
	F(T, UPTIME_MS,   NUM, WIRE_MS_MAX) \
	F(T, RESTART,     NUM, WIRE_BIG) \
	F(T, RESTARTS_MAX, NUM, WIRE_BIG) \
	F(T, NEXT_MS,     NUM, WIRE_MS_MAX) \
	F(T, WINDOW,      NUM, WIRE_BIG) \
	F(T, PEAK_BYTES,  NUM, WIRE_BIG) \
	F(T, CPU_MS,      NUM, WIRE_MS_MAX) \
	F(T, OUTAGE_MS,   NUM, WIRE_MS_MAX) \
	F(T, REASON,      STR, WIRE_TEXT_MAX) \
	F(T, OUT,         BIN, WIRE_TAIL_MAX) \
	F(T, ERR,         BIN, WIRE_TAIL_MAX)

/* what became of event ID at one sink; DONE 1 with the last sink's answer,
   and PID 1 then forgets the event */
#define WIRE_FIELDS_COURIER_RESULT(F, T) \
	F(T, ID,     NUM, WIRE_BIG) \
	F(T, SINK,   NUM, SINK_COUNT - 1) \
	F(T, RESULT, NUM, SINK_RESULTS - 1) \
	F(T, DONE,   NUM, 1) \
	F(T, REASON, STR, WIRE_TEXT_MAX)

/* cradle is leaving: deliver what you can within DEADLINE_MS, answer all */
#define WIRE_FIELDS_COURIER_FLUSH(F, T) \
	F(T, DEADLINE_MS, NUM, WIRE_MS_MAX)

/* nothing to do for 5 s: PID 1 may close the channel, the courier then ends */
#define WIRE_FIELDS_COURIER_IDLE(F, T)

/* ---- health ----------------------------------------------------------- */

/* the listening socket, PID 1's own; NAME as configured, for the page */
#define WIRE_FIELDS_HEALTH_LISTEN(F, T) \
	F(T, NAME, STR, WIRE_NAME_MAX)

/* probe it every EVERY_MS until it answers (ONCE 1) or for ever (ONCE 0);
   KIND 0 http (TARGET a URL), 1 tcp (TARGET host:port) */
#define WIRE_FIELDS_HEALTH_PROBE(F, T) \
	F(T, PROBE,      NUM, WIRE_SLOTS - 1) \
	F(T, KIND,       NUM, 1) \
	F(T, TARGET,     STR, WIRE_TEXT_MAX) \
	F(T, EVERY_MS,   NUM, WIRE_MS_MAX) \
	F(T, TIMEOUT_MS, NUM, WIRE_MS_MAX) \
	F(T, ONCE,       NUM, 1)

#define WIRE_FIELDS_HEALTH_UNPROBE(F, T) \
	F(T, PROBE, NUM, WIRE_SLOTS - 1)

/* with the serial of the HEALTH_PROBE it belongs to; ONCE probes report the
   first success only, others each outcome */
#define WIRE_FIELDS_HEALTH_RESULT(F, T) \
	F(T, PROBE, NUM, WIRE_SLOTS - 1) \
	F(T, OK,    NUM, 1) \
	F(T, WHY,   STR, WIRE_NAME_MAX)

/* one probe's question; PID 1 answers with the same serial: one STATE, then
   SERVICE, ROLE and SINK rows, then END.  No answer within 250 ms is a no. */
#define WIRE_FIELDS_HEALTH_ASK(F, T)

/* READY: all essential services are; STARTED: boot is complete; STOPPING: a
   stop has begun; GAVE_UP; STEP: what boot is doing now, for people */
#define WIRE_FIELDS_HEALTH_STATE(F, T) \
	F(T, READY,       NUM, 1) \
	F(T, STARTED,     NUM, 1) \
	F(T, STOPPING,    NUM, 1) \
	F(T, GAVE_UP,     NUM, 1) \
	F(T, APP,         STR, WIRE_NAME_MAX) \
	F(T, ENVIRONMENT, STR, WIRE_NAME_MAX) \
	F(T, VERSION,     STR, WIRE_NAME_MAX) \
	F(T, STEP,        STR, WIRE_NAME_MAX) \
	F(T, BORN_MS,     NUM, WIRE_MS_MAX) \
	F(T, UPTIME_MS,   NUM, WIRE_MS_MAX) \
	F(T, BOOT_US,     NUM, WIRE_BIG) \
	F(T, SECRETS_US,  NUM, WIRE_BIG) \
	F(T, ASSETS_US,   NUM, WIRE_BIG) \
	F(T, TASKS_US,    NUM, WIRE_BIG) \
	F(T, SERVICES_US, NUM, WIRE_BIG) \
	F(T, SECRETS,     NUM, WIRE_BIG) \
	F(T, SECRETS_REQUESTS, NUM, WIRE_BIG) \
	F(T, SCANNED,     NUM, WIRE_BIG) \
	F(T, REWRITTEN,   NUM, WIRE_BIG) \
	F(T, DEPENDENTS,  NUM, WIRE_BIG) \
	F(T, PLACEHOLDERS, NUM, WIRE_BIG) \
	F(T, READ,        NUM, WIRE_BIG) \
	F(T, INJECT_US,   NUM, WIRE_BIG) \
	F(T, ORPHANS,     NUM, WIRE_BIG) \
	F(T, PENDING,     NUM, WIRE_BIG)

/* EXITS_*: by reason.  SAID: STATUS= of the service's own.  RESTART_*: of death to exec, OUTAGE_*: of death
   to accepting again, see core/histogram.h; LAST_*: how the last life ended, LAST_AT_MS 0: none.  INSTANCE of
   INSTANCES of that name, which follow each other; HELD: sockets kept, of all instances, in the row of the first;
   SPARE 0 none is wanted, 1 none, 2 boots, 3 is parked */
#define WIRE_FIELDS_HEALTH_SERVICE(F, T) \
	F(T, NAME,         STR, WIRE_NAME_MAX) \
	F(T, PHASE,        STR, WIRE_NAME_MAX) \
	F(T, ESSENTIAL,    NUM, 1) \
	F(T, UP,           NUM, 1) \
	F(T, READY,        NUM, 1) \
	F(T, PID,          NUM, WIRE_BIG) \
	F(T, UPTIME_MS,    NUM, WIRE_MS_MAX) \
	F(T, STARTS,       NUM, WIRE_BIG) \
	F(T, EXITS_CLEAN,  NUM, WIRE_BIG) \
	F(T, EXITS_ERROR,  NUM, WIRE_BIG) \
	F(T, EXITS_SIGNAL, NUM, WIRE_BIG) \
	F(T, EXITS_OOM,    NUM, WIRE_BIG) \
	F(T, EXITS_PROBE,  NUM, WIRE_BIG) \
	F(T, EXITS_MEMORY, NUM, WIRE_BIG) \
	F(T, MEMORY,       NUM, WIRE_BIG) \
	F(T, CPU_MS,       NUM, WIRE_MS_MAX) \
	F(T, PROCESSES,    NUM, WIRE_BIG) \
	F(T, ZOMBIES,      NUM, WIRE_BIG) \
	F(T, SAID,         STR, WIRE_NAME_MAX) \
	F(T, OUT_LINES,    NUM, WIRE_BIG) \
	F(T, ERR_LINES,    NUM, WIRE_BIG) \
	F(T, LAST_CODE,    NUM, 255) \
	F(T, LAST_SIGNAL,  NUM, 127) \
	F(T, LAST_AT_MS,   NUM, WIRE_MS_MAX) \
	F(T, NEXT_MS,      NUM, WIRE_MS_MAX) \
	F(T, RESTART_SUM_US, NUM, WIRE_BIG) \
	F(T, RESTART_BUCKETS, BIN, 256) \
	F(T, INSTANCE,     NUM, WIRE_SLOTS - 1) \
	F(T, INSTANCES,    NUM, WIRE_SLOTS) \
	F(T, HELD,         NUM, WIRE_BIG) \
	F(T, HANDED_RESTART, NUM, WIRE_BIG) \
	F(T, HANDED_STANDBY, NUM, WIRE_BIG) \
	F(T, HANDED_RELOAD,  NUM, WIRE_BIG) \
	F(T, OUTAGE_SUM_US, NUM, WIRE_BIG) \
	F(T, OUTAGE_BUCKETS, BIN, 256) \
	F(T, SPARE,        NUM, 3) \
	F(T, SPARE_PID,    NUM, WIRE_BIG) \
	F(T, SPARE_AGE_MS, NUM, WIRE_MS_MAX) \
	F(T, SPARE_MEMORY, NUM, WIRE_BIG)

/* a role of cradle's own: PID 0 when it is not running */
#define WIRE_FIELDS_HEALTH_ROLE(F, T) \
	F(T, NAME,     STR, WIRE_NAME_MAX) \
	F(T, PID,      NUM, WIRE_BIG) \
	F(T, RESTARTS, NUM, WIRE_BIG) \
	F(T, JAIL,     NUM, 0xffff)

#define WIRE_FIELDS_HEALTH_SINK(F, T) \
	F(T, KIND,      NUM, SINK_COUNT - 1) \
	F(T, DELIVERED, NUM, WIRE_BIG) \
	F(T, FAILED,    NUM, WIRE_BIG) \
	F(T, DROPPED,   NUM, WIRE_BIG)

#define WIRE_FIELDS_HEALTH_END(F, T)

/* ---- a client of the control socket -------------------------------------- */

/* Besides these a client sends HEALTH_ASK.  One question at a time: the next
   one follows the last answer. */

#define WIRE_CONTROL_RESTART 0
#define WIRE_CONTROL_RELOAD 1
#define WIRE_CONTROL_STOP 2
#define WIRE_CONTROL_START 3
#define WIRE_CONTROL_VERBS 4

/* SERVICE empty: all of them, and STOP then stops cradle; WAIT 1: answer when
   it has come true or cannot any more */
#define WIRE_FIELDS_CONTROL_ASK(F, T) \
	F(T, VERB,    NUM, WIRE_CONTROL_VERBS - 1) \
	F(T, SERVICE, STR, WIRE_NAME_MAX) \
	F(T, WAIT,    NUM, 1)

/* SCRIBE_READ of a client's, and its answer; SERVICE empty: the first one */
#define WIRE_FIELDS_CONTROL_READ(F, T) \
	F(T, SERVICE,  STR, WIRE_NAME_MAX) \
	F(T, CHANNEL,  NUM, 2) \
	F(T, FROM,     NUM, WIRE_BIG) \
	F(T, LAST_TOO, NUM, 1)

#define WIRE_FIELDS_CONTROL_TEXT(F, T) \
	F(T, FROM, NUM, WIRE_BIG) \
	F(T, NEXT, NUM, WIRE_BIG) \
	F(T, MORE, NUM, 1) \
	F(T, TEXT, BIN, WIRE_TAIL_MAX)

/* one line on each service that was asked for; LAST 1 with the last one */
#define WIRE_FIELDS_CONTROL_DONE(F, T) \
	F(T, OK,   NUM, 1) \
	F(T, LAST, NUM, 1) \
	F(T, TEXT, STR, WIRE_TEXT_MAX)
/* clang-format on */

enum wire_type {
#define WIRE_ENUM(type, direction, descriptor) WIRE_##type,
	WIRE_MESSAGES(WIRE_ENUM)
#undef WIRE_ENUM
	    WIRE_TYPES
};

#define WIRE_FIELD_ENUM(T, field, kind, max) T##_##field,
#define WIRE_FIELDS_ENUM(type, direction, descriptor)                 \
	enum type##_fields{ WIRE_FIELDS_##type(WIRE_FIELD_ENUM, type) \
		    type##_FIELDS };
WIRE_MESSAGES(WIRE_FIELDS_ENUM)

#endif
