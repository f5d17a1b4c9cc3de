#include "supervisor/control.h"
#include "supervisor/init.h"
#include "supervisor/talk.h"

#include <string.h>

#include "supervisor/pid1.h"

/* A new scribe counts from nothing: what its elders counted stays. */
static void
keep_counts(struct init *init)
{
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		s->out_lines_before = s->out_lines;
		s->err_lines_before = s->err_lines;
	}
}

static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (step == 0) {
		keep_counts(init);
		streams_forget_told(&init->streams);
		obituaries_forget_asked(&init->obituaries);
		control_scribe_forget();
		*msg = (struct wire_msg){
			.type = WIRE_SCRIBE_RING,
			.fd = init->streams.ring_fd,
			.field = { [SCRIBE_RING_SERVICES] =
				       WIRE_NUM((int64_t)init->streams.slots) },
		};
		return true;
	}
	return talk_say_secret(init, step - 1, WIRE_SCRIBE_SECRET, msg);
}

static bool
open_stream(struct helper *h, struct stream *s)
{
	const struct wire_msg msg = {
		.type = WIRE_SCRIBE_OPEN,
		.fd = s->read_end,
		.field = {
		    [SCRIBE_OPEN_STREAM] = WIRE_NUM(s->id),
		    [SCRIBE_OPEN_SERVICE] = WIRE_NUM((int64_t)s->slot),
		    [SCRIBE_OPEN_CHANNEL] = WIRE_NUM(s->channel),
		    [SCRIBE_OPEN_FRESH] = WIRE_NUM(s->fresh),
		},
	};
	if (!helper_send(h, &msg))
		return false;
	s->told = true;
	s->fresh = false;
	return true;
}

static bool
ask_for_tail(struct helper *h, struct obituary *one)
{
	struct wire_msg msg;
	obituary_question(one, &msg);
	one->tail_asked = helper_send(h, &msg);
	return one->tail_asked;
}

/* What somebody wants to read on the control socket comes last. */
static void
ask_for_readers(struct helper *h)
{
	struct wire_msg msg;
	while (control_scribe_question(&msg) && helper_send(h, &msg))
		control_scribe_asked(&msg);
}

/*
 * A dead life's last words are asked for after its own pipes were handed over
 * and before those of the next life, which would begin a new page in the ring.
 */
static void
pump(struct init *init)
{
	struct helper *h = &init->helper[ROLE_SCRIBE];
	for (;;) {
		struct stream *s = streams_untold(&init->streams);
		struct obituary *one = obituary_to_ask(&init->obituaries);
		bool words_first =
		    one != NULL && (s == NULL || one->last_stream < s->id);
		if (!words_first && s == NULL)
			break;
		if (!(words_first ? ask_for_tail(h, one) : open_stream(h, s)))
			return;
	}
	ask_for_readers(h);
}

static void
count_lines(struct init *init, const struct wire_msg *msg)
{
	size_t slot = (size_t)msg->field[SCRIBE_COUNT_SERVICE].num;
	if (slot >= init->services)
		return;
	struct service *s = &init->service[slot];
	s->out_lines =
	    s->out_lines_before + msg->field[SCRIBE_COUNT_OUT_LINES].num;
	s->err_lines =
	    s->err_lines_before + msg->field[SCRIBE_COUNT_ERR_LINES].num;
}

static void
take(struct init *init, const struct wire_msg *msg)
{
	switch ((int)msg->type) {
	case WIRE_SCRIBE_EOF:
		streams_ended(
		    &init->streams, msg->field[SCRIBE_EOF_STREAM].num);
		break;
	case WIRE_SCRIBE_TAIL:
		obituary_take_tail(&init->obituaries, msg);
		break;
	case WIRE_SCRIBE_TEXT:
		control_scribe_answer(msg);
		break;
	case WIRE_SCRIBE_COUNT:
		count_lines(init, msg);
		break;
	default:
		break;
	}
}

const struct talk talk_scribe = { "scribe", say, pump, take };
