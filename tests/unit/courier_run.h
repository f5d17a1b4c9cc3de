#ifndef TESTS_UNIT_COURIER_RUN_H
#define TESTS_UNIT_COURIER_RUN_H

#include "core/channel.h"
#include "core/clock.h"
#include "core/fd.h"
#include "core/role.h"
#include "notify/courier.h"

#include "fake.h"

#include <errno.h>

/*
 * The role courier as PID 1 sees it: a child process that speaks over a
 * channel.  Everything that it answers is remembered.
 */
#define COURIER_WAIT_MS 15000
#define COURIER_RESULTS_MAX 64

struct courier_result {
	int64_t id;
	int64_t sink;
	int64_t result;
	bool done;
	char reason[512];
};

struct courier_run {
	pid_t pid;
	int channel;
	bool idle;
	struct courier_result results[COURIER_RESULTS_MAX];
	int count;
};

static unsigned char courier_received[WIRE_MESSAGE_MAX];

static inline void
courier_send(struct courier_run *run, const struct wire_msg *msg)
{
	assert_int_equal(wire_send(run->channel, msg), 0);
}

static inline void
courier_ident(struct courier_run *run, const char *ca_file)
{
	courier_send(run, &(struct wire_msg){
	    .type = WIRE_COURIER_IDENT,
	    .fd = -1,
	    .field = {
		[COURIER_IDENT_APP] = WIRE_STR("cella"),
		[COURIER_IDENT_ENVIRONMENT] = WIRE_STR("prod"),
		[COURIER_IDENT_VERSION] = WIRE_STR("1.8.2"),
		[COURIER_IDENT_HOST] = WIRE_STR("c0ffee12"),
		[COURIER_IDENT_CONTAINER] = WIRE_STR(""),
		[COURIER_IDENT_CA_FILE] = WIRE_STR(ca_file),
	    },
	});
}

/* stderr goes to the file `log`, to be looked through afterwards. */
static inline void
courier_start(struct courier_run *run, const char *log)
{
	int theirs;

	memset(run, 0, sizeof(*run));
	assert_int_equal(channel_open(&run->channel, &theirs), 0);
	run->pid = fork();
	assert_int_not_equal(run->pid, -1);
	if (run->pid == 0) {
		(void)close(run->channel);
		if (freopen(log, "w", stderr) == NULL)
			_exit(99);
		role_use_channel(theirs);
		_exit(courier_main());
	}
	(void)close(theirs);
	courier_ident(run, "");
}

static inline void
courier_sink(struct courier_run *run, enum sink_kind kind, const char *url,
    const char *token)
{
	courier_send(run, &(struct wire_msg){
	    .type = WIRE_COURIER_SINK,
	    .fd = -1,
	    .field = {
		[COURIER_SINK_KIND] = WIRE_NUM(kind),
		[COURIER_SINK_URL] = WIRE_STR(url),
		[COURIER_SINK_TOKEN] = WIRE_STR(token),
	    },
	});
}

static inline void
courier_secret(struct courier_run *run, const char *value)
{
	courier_send(
	    run, &(struct wire_msg){
		     .type = WIRE_COURIER_SECRET,
		     .fd = -1,
		     .field = { [COURIER_SECRET_VALUE] = WIRE_STR(value) },
		 });
}

static inline void
courier_go(struct courier_run *run)
{
	courier_send(run, &(struct wire_msg){ .type = WIRE_GO, .fd = -1 });
}

/* A crash of "api": with code 1, 42 s old; change fields before sending. */
static inline struct wire_msg
courier_event(int64_t id, enum event_kind kind, const char *err)
{
	return (struct wire_msg){
		.type = WIRE_COURIER_EVENT,
		.fd = -1,
		.field = {
		    [COURIER_EVENT_ID] = WIRE_NUM(id),
		    [COURIER_EVENT_KIND] = WIRE_NUM(kind),
		    [COURIER_EVENT_AT_NS] = WIRE_NUM(clock_wall_ns()),
		    [COURIER_EVENT_SERVICE] = WIRE_STR("api"),
		    [COURIER_EVENT_PID] = WIRE_NUM(4711),
		    [COURIER_EVENT_EXIT_CODE] = WIRE_NUM(1),
		    [COURIER_EVENT_UPTIME_MS] = WIRE_NUM(42000),
		    [COURIER_EVENT_RESTART] = WIRE_NUM(id),
		    [COURIER_EVENT_RESTARTS_MAX] = WIRE_NUM(10),
		    [COURIER_EVENT_WINDOW] = WIRE_NUM(id),
		    [COURIER_EVENT_PEAK_BYTES] = WIRE_NUM(190840832),
		    [COURIER_EVENT_CPU_MS] = WIRE_NUM(3200),
		    [COURIER_EVENT_REASON] = WIRE_STR(""),
		    [COURIER_EVENT_OUT] = WIRE_STR(""),
		    [COURIER_EVENT_ERR] = WIRE_STR(err),
		},
	};
}

static inline void
courier_flush(struct courier_run *run, int64_t ms)
{
	courier_send(
	    run, &(struct wire_msg){
		     .type = WIRE_COURIER_FLUSH,
		     .fd = -1,
		     .field = { [COURIER_FLUSH_DEADLINE_MS] = WIRE_NUM(ms) },
		 });
}

/* Take one message in; false when none came within ms. */
static inline bool
courier_take(struct courier_run *run, int ms)
{
	struct wire_msg msg;

	if (fd_wait(run->channel, POLLIN, clock_ms() + ms) != 1)
		return false;
	int r = wire_recv(run->channel, courier_received, false, &msg);
	if (r != 1)
		return false;
	if (msg.type == WIRE_COURIER_IDLE)
		run->idle = true;
	if (msg.type != WIRE_COURIER_RESULT)
		return true;
	assert_true(run->count < COURIER_RESULTS_MAX);
	struct courier_result *a = &run->results[run->count++];
	a->id = msg.field[COURIER_RESULT_ID].num;
	a->sink = msg.field[COURIER_RESULT_SINK].num;
	a->result = msg.field[COURIER_RESULT_RESULT].num;
	a->done = msg.field[COURIER_RESULT_DONE].num != 0;
	(void)snprintf(a->reason, sizeof(a->reason), "%s",
	    msg.field[COURIER_RESULT_REASON].ptr);
	return true;
}

/* The answer for an event at a sink; waits for it. */
static inline const struct courier_result *
courier_expect(struct courier_run *run, int64_t id, enum sink_kind sink)
{
	int64_t deadline = clock_ms() + COURIER_WAIT_MS;

	for (;;) {
		for (int i = 0; i < run->count; i++)
			if (run->results[i].id == id &&
			    run->results[i].sink == sink)
				return &run->results[i];
		assert_true(clock_ms() < deadline);
		assert_true(courier_take(run, COURIER_WAIT_MS));
	}
}

static inline bool
courier_answered(const struct courier_run *run, int64_t id)
{
	for (int i = 0; i < run->count; i++)
		if (run->results[i].id == id)
			return true;
	return false;
}

/* Close the channel, as PID 1 does: it must leave by itself, with 0. */
static inline void
courier_end(struct courier_run *run)
{
	int status = -1;

	(void)close(run->channel);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
