#include "core/wire.h"

#include "core/channel.h"
#include "core/clock.h"
#include "core/fd.h"
#include "core/guard_heap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The table of wire_types.h once more, so that tests can walk it. */
enum kind { NUM, STR, BIN };
enum direction { DOWN, UP };
enum descriptor { NO_FD, WITH_FD };

struct rule {
	enum kind kind;
	int64_t max;
};

#define RULE(T, name, kind, max) { kind, max },
#define RULES(type, direction, descriptor)                              \
	static const struct rule rules_##type[] = { WIRE_FIELDS_##type( \
	    RULE, type){ NUM, -1 } };
WIRE_MESSAGES(RULES)

static const struct {
	const char *name;
	enum direction direction;
	enum descriptor descriptor;
	unsigned fields;
	const struct rule *rule;
} types[] = {
#define TYPE(type, direction, descriptor) \
	{ #type, direction, descriptor, type##_FIELDS, rules_##type },
	WIRE_MESSAGES(TYPE)
};

static char *stuff; /* WIRE_VALUE_MAX + 1 bytes without a NUL */
static unsigned char *one;
static unsigned char *two;

static int
make_room(void **unused)
{
	(void)unused;
	stuff = malloc(WIRE_VALUE_MAX + 1);
	one = malloc(WIRE_MESSAGE_MAX);
	two = malloc(WIRE_MESSAGE_MAX);
	if (stuff == NULL || one == NULL || two == NULL)
		return -1;
	memset(stuff, 'x', WIRE_VALUE_MAX + 1);
	return 0;
}

static int
free_room(void **unused)
{
	(void)unused;
	free(stuff);
	free(one);
	free(two);
	return 0;
}

/* A message of this type with each field at its limit, or empty. */
static struct wire_msg
message(unsigned type, bool full)
{
	struct wire_msg msg = {
		.type = (enum wire_type)type,
		.serial = 0xfedcba98u,
		.fd = -1,
	};
	for (unsigned i = 0; i < types[type].fields; i++) {
		const struct rule *rule = &types[type].rule[i];
		if (rule->kind == NUM)
			msg.field[i].num = full ? rule->max : 0;
		else
			msg.field[i] = (struct wire_field)WIRE_BIN(
			    stuff, full ? (size_t)rule->max : 0);
	}
	return msg;
}

static void
expect_same(const struct wire_msg *got, const struct wire_msg *want)
{
	assert_int_equal(got->type, want->type);
	assert_int_equal(got->serial, want->serial);
	for (unsigned i = 0; i < types[want->type].fields; i++) {
		const struct wire_field *g = &got->field[i];
		const struct wire_field *w = &want->field[i];
		if (types[want->type].rule[i].kind == NUM) {
			assert_true(g->num == w->num);
			continue;
		}
		assert_int_equal(g->len, w->len);
		assert_int_equal(g->ptr[g->len], '\0');
		if (w->len > 0)
			assert_memory_equal(g->ptr, w->ptr, w->len);
	}
}

static void
every_type_comes_back_as_it_went(void **unused)
{
	(void)unused;
	for (unsigned type = 0; type < WIRE_TYPES; type++)
		for (int full = 0; full <= 1; full++) {
			struct wire_msg msg = message(type, full);
			struct wire_msg back;
			int n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
			assert_true(n >= WIRE_HEADER);
			assert_int_equal(
			    wire_decode(one, (size_t)n,
				types[type].direction == DOWN, &back),
			    0);
			assert_int_equal(back.fd, -1);
			expect_same(&back, &msg);
		}
}

static void
every_limit_is_kept_when_sending(void **unused)
{
	(void)unused;
	for (unsigned type = 0; type < WIRE_TYPES; type++)
		for (unsigned i = 0; i < types[type].fields; i++) {
			const struct rule *rule = &types[type].rule[i];
			struct wire_msg msg = message(type, false);
			if (rule->kind != NUM)
				msg.field[i] = (struct wire_field)WIRE_BIN(
				    stuff, (size_t)rule->max + 1);
			else if (rule->max < INT64_MAX)
				msg.field[i].num = rule->max + 1;
			else
				msg.field[i].num = -1;
			assert_int_equal(
			    wire_encode(&msg, one, WIRE_MESSAGE_MAX), -EINVAL);
			if (rule->kind != NUM)
				continue;
			msg.field[i].num = -1;
			assert_int_equal(
			    wire_encode(&msg, one, WIRE_MESSAGE_MAX), -EINVAL);
		}
}

/* Where field i of an encoded message begins. */
static size_t
field_offset(const struct wire_msg *msg, unsigned field)
{
	size_t at = WIRE_HEADER;
	for (unsigned i = 0; i < field; i++)
		at += types[msg->type].rule[i].kind == NUM
			  ? 8
			  : 4 + msg->field[i].len + 1;
	return at;
}

static void
every_limit_is_kept_when_receiving(void **unused)
{
	(void)unused;
	for (unsigned type = 0; type < WIRE_TYPES; type++)
		for (unsigned i = 0; i < types[type].fields; i++) {
			const struct rule *rule = &types[type].rule[i];
			struct wire_msg msg = message(type, false);
			struct wire_msg back = { .serial = 7 };
			int n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
			unsigned char *at = one + field_offset(&msg, i);
			int64_t bad =
			    rule->max == INT64_MAX ? INT64_MIN : rule->max + 1;
			/* host order: both machines that we build for agree */
			memcpy(at, &bad, rule->kind == NUM ? 8 : 4);
			assert_int_equal(
			    wire_decode(one, (size_t)n,
				types[type].direction == DOWN, &back),
			    -EBADMSG);
			assert_int_equal(back.serial, 7);
		}
}

static void
a_text_with_a_nul_is_neither_sent_nor_taken(void **unused)
{
	(void)unused;
	struct wire_msg msg = { .type = WIRE_FAILED, .fd = -1 };
	struct wire_msg back;
	msg.field[FAILED_REASON] = (struct wire_field)WIRE_BIN("a\0b", 3);
	assert_int_equal(wire_encode(&msg, one, WIRE_MESSAGE_MAX), -EINVAL);

	msg.field[FAILED_REASON] = (struct wire_field)WIRE_STR("a.b");
	int n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
	one[n - 3] = '\0';
	assert_int_equal(wire_decode(one, (size_t)n, false, &back), -EBADMSG);

	/* bytes may have one */
	msg = (struct wire_msg){ .type = WIRE_FETCH_VALUE, .fd = -1 };
	msg.field[FETCH_VALUE_VALUE] = (struct wire_field)WIRE_BIN("a\0b", 3);
	n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_decode(one, (size_t)n, false, &back), 0);
	assert_memory_equal(back.field[FETCH_VALUE_VALUE].ptr, "a\0b", 4);
}

/*
 * Decode the first len bytes, put right before a page that cannot be touched,
 * with a header that says so.
 */
static int
decode_flush(const unsigned char *data, size_t len, bool fix, bool down)
{
	static unsigned char *pages;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct wire_msg back;
	if (pages == NULL) {
		pages = mmap(NULL, 9 * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(pages, MAP_FAILED);
		assert_int_equal(
		    mprotect(pages + 8 * page, page, PROT_NONE), 0);
	}
	unsigned char *at = pages + 8 * page - len;
	memcpy(at, data, len);
	if (fix && len >= WIRE_HEADER) {
		uint32_t rest = (uint32_t)(len - WIRE_HEADER);
		memcpy(at + 8, &rest, 4);
	}
	return wire_decode(at, len, down, &back);
}

static void
a_message_cut_at_any_byte_is_refused(void **unused)
{
	(void)unused;
	for (unsigned type = 0; type < WIRE_TYPES; type++) {
		bool down = types[type].direction == DOWN;
		struct wire_msg msg = message(type, false);
		for (unsigned i = 0; i < types[type].fields; i++)
			if (types[type].rule[i].kind != NUM)
				msg.field[i] =
				    (struct wire_field)WIRE_STR("some text");
		size_t n = (size_t)wire_encode(&msg, one, WIRE_MESSAGE_MAX);
		assert_true(n < 8 * 4096);
		assert_int_equal(decode_flush(one, n, true, down), 0);
		for (size_t len = 0; len < n; len++) {
			assert_int_equal(
			    decode_flush(one, len, false, down), -EBADMSG);
			assert_int_equal(
			    decode_flush(one, len, true, down), -EBADMSG);
		}
	}
}

static void
bytes_behind_a_message_are_refused(void **unused)
{
	(void)unused;
	for (unsigned type = 0; type < WIRE_TYPES; type++) {
		bool down = types[type].direction == DOWN;
		struct wire_msg msg = message(type, false);
		size_t n = (size_t)wire_encode(&msg, one, WIRE_MESSAGE_MAX);
		memset(one + n, 0, 8);
		for (size_t more = 1; more <= 8; more++) {
			assert_int_equal(
			    decode_flush(one, n + more, false, down), -EBADMSG);
			assert_int_equal(
			    decode_flush(one, n + more, true, down), -EBADMSG);
		}
	}
}

static void
the_other_directions_types_are_refused(void **unused)
{
	(void)unused;
	struct wire_msg back;
	for (unsigned type = 0; type < WIRE_TYPES; type++) {
		struct wire_msg msg = message(type, false);
		int n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
		assert_int_equal(wire_decode(one, (size_t)n,
				     types[type].direction == UP, &back),
		    -EBADMSG);
	}
}

static void
a_wrong_header_is_refused(void **unused)
{
	(void)unused;
	struct wire_msg msg = { .type = WIRE_GO, .fd = -1 };
	struct wire_msg back;
	int n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
	assert_int_equal(n, WIRE_HEADER);
	for (int at = 0; at < 12; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(two, one, WIRE_HEADER);
			two[at] ^= (unsigned char)(1u << bit);
			int r = wire_decode(two, WIRE_HEADER, true, &back);
			/* the type's own bits may make another empty type */
			if (at != 6 && at != 7)
				assert_int_equal(r, -EBADMSG);
			else if (r == 0)
				assert_int_equal(types[back.type].fields, 0);
		}
	const uint16_t beyond[] = { WIRE_TYPES, 0x7fff, 0xffff };
	for (size_t i = 0; i < ARRAY_LEN(beyond); i++) {
		memcpy(one + 6, &beyond[i], 2);
		assert_int_equal(
		    wire_decode(one, WIRE_HEADER, true, &back), -EBADMSG);
		assert_int_equal(
		    wire_decode(one, WIRE_HEADER, false, &back), -EBADMSG);
	}
}

static void
a_buffer_that_is_too_small_is_told(void **unused)
{
	(void)unused;
	struct wire_msg msg = { .type = WIRE_FAILED, .fd = -1 };
	msg.field[FAILED_REASON] = (struct wire_field)WIRE_STR("why");
	int n = wire_encode(&msg, one, WIRE_MESSAGE_MAX);
	for (int size = 0; size < n; size++)
		assert_int_equal(
		    wire_encode(&msg, one, (size_t)size), -EMSGSIZE);
	assert_int_equal(wire_encode(&msg, one, (size_t)n), n);
}

static void
types_have_names(void **unused)
{
	(void)unused;
	for (unsigned type = 0; type < WIRE_TYPES; type++)
		assert_string_equal(wire_name(type), types[type].name);
	assert_string_equal(wire_name(WIRE_TYPES), "unknown");
	assert_string_equal(wire_name(~0u), "unknown");
}

/* ---- over a channel ---- */

static int
open_files(void)
{
	int count = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

static void
every_type_passes_through_a_channel(void **unused)
{
	(void)unused;
	int ours, theirs;
	int before = open_files();
	assert_int_equal(channel_open(&ours, &theirs), 0);
	for (unsigned type = 0; type < WIRE_TYPES; type++) {
		bool down = types[type].direction == DOWN;
		bool with_fd = types[type].descriptor == WITH_FD;
		struct wire_msg msg = message(type, true);
		struct wire_msg back;
		autoclose int lent = open("/dev/null", O_RDONLY | O_CLOEXEC);
		msg.fd = with_fd ? lent : -1;

		assert_int_equal(wire_send(down ? ours : theirs, &msg), 0);
		assert_int_equal(
		    wire_recv(down ? theirs : ours, two, down, &back), 1);

		expect_same(&back, &msg);
		assert_int_equal(back.fd != -1, with_fd);
		autoclose int got = back.fd;
		if (with_fd)
			assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	}
	(void)close(ours);
	(void)close(theirs);
	assert_int_equal(open_files(), before);
}

static void
an_empty_and_a_closed_channel_are_told_apart(void **unused)
{
	(void)unused;
	struct wire_msg msg = { .type = WIRE_GO, .fd = -1 };
	struct wire_msg back;
	int ours, theirs;
	assert_int_equal(channel_open(&ours, &theirs), 0);
	assert_int_equal(wire_recv(theirs, two, true, &back), -EAGAIN);
	assert_int_equal(wire_send(ours, &msg), 0);
	(void)close(ours);
	assert_int_equal(wire_recv(theirs, two, true, &back), 1);
	assert_int_equal(wire_recv(theirs, two, true, &back), 0);
	assert_int_equal(wire_send(theirs, &msg), -EPIPE);
	(void)close(theirs);
}

/* The kernel tells of the unread one first, by ECONNRESET. */
static void
what_was_said_before_the_close_is_heard(void **unused)
{
	(void)unused;
	struct wire_msg down = { .type = WIRE_GO, .fd = -1 };
	struct wire_msg up = { .type = WIRE_JAILED, .fd = -1 };
	struct wire_msg back;
	int ours, theirs;
	assert_int_equal(channel_open(&ours, &theirs), 0);
	assert_int_equal(wire_send(ours, &down), 0);
	assert_int_equal(wire_send(theirs, &up), 0);
	(void)close(ours);
	assert_int_equal(wire_recv(theirs, two, true, &back), 1);
	assert_int_equal(wire_recv(theirs, two, true, &back), 0);
	(void)close(theirs);
}

static void
a_full_channel_takes_nothing_and_keeps_its_order(void **unused)
{
	(void)unused;
	struct wire_msg back;
	uint32_t sent = 0;
	int ours, theirs;
	int r;
	assert_int_equal(channel_open(&ours, &theirs), 0);
	do {
		struct wire_msg msg = message(WIRE_FETCH_WANT, true);
		msg.serial = sent++;
		r = wire_send(ours, &msg);
	} while (r == 0);
	assert_int_equal(r, -EAGAIN);
	for (uint32_t i = 0; i + 1 < sent; i++) {
		assert_int_equal(wire_recv(theirs, two, true, &back), 1);
		assert_int_equal(back.serial, i);
	}
	assert_int_equal(wire_recv(theirs, two, true, &back), -EAGAIN);
	(void)close(ours);
	(void)close(theirs);
}

static void
a_descriptor_is_demanded_where_the_table_has_one(void **unused)
{
	(void)unused;
	struct wire_msg msg = message(WIRE_SCRIBE_RING, false);
	int ours, theirs;
	assert_int_equal(channel_open(&ours, &theirs), 0);
	assert_int_equal(wire_send(ours, &msg), -EINVAL);
	/* and is not sent where it has none */
	struct wire_msg go = { .type = WIRE_GO, .fd = ours };
	struct wire_msg back;
	assert_int_equal(wire_send(ours, &go), 0);
	assert_int_equal(wire_recv(theirs, two, true, &back), 1);
	assert_int_equal(back.fd, -1);
	(void)close(ours);
	(void)close(theirs);
}

/* Send bytes with that many descriptors, as no wire_send would. */
static void
smuggle(int channel, const void *data, size_t len, int count)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	int fds[4];
	struct iovec piece = { (void *)(uintptr_t)data, len };
	struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1 };
	for (int i = 0; i < 4; i++)
		fds[i] = channel;
	if (count > 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = (__typeof__(m.msg_controllen))CMSG_SPACE(
		    (size_t)count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (__typeof__(c->cmsg_len))CMSG_LEN(
		    (size_t)count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof(int));
	}
	assert_int_equal(sendmsg(channel, &m, 0), (ssize_t)len);
}

static void
garbage_is_refused_and_its_descriptors_are_closed(void **unused)
{
	(void)unused;
	struct wire_msg go = { .type = WIRE_GO, .fd = -1 };
	struct wire_msg ring = message(WIRE_SCRIBE_RING, false);
	struct wire_msg back;
	int ours, theirs;
	assert_int_equal(channel_open(&ours, &theirs), 0);
	int before = open_files();
	size_t go_len = (size_t)wire_encode(&go, one, WIRE_MESSAGE_MAX);
	size_t ring_len =
	    (size_t)wire_encode(&ring, one + 1024, WIRE_MESSAGE_MAX - 1024);
	const struct {
		const unsigned char *data;
		size_t len;
		int fds;
	} cases[] = {
		{ (const unsigned char *)"x", 1, 0 },
		{ (const unsigned char *)"x", 1, 1 },
		{ (const unsigned char *)"x", 1, 4 },
		{ one, go_len, 1 },
		{ one, go_len, 2 },
		{ one, go_len, 4 },
		{ one + 1024, ring_len, 0 },
		{ one + 1024, ring_len, 2 },
		{ one + 1024, ring_len, 3 },
		{ one + 1024, ring_len - 1, 1 },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		smuggle(ours, cases[i].data, cases[i].len, cases[i].fds);
		assert_int_equal(wire_recv(theirs, two, true, &back), -EBADMSG);
		assert_int_equal(open_files(), before);
	}
	/* and the channel is still in step */
	assert_int_equal(wire_send(ours, &go), 0);
	assert_int_equal(wire_recv(theirs, two, true, &back), 1);
	(void)close(ours);
	(void)close(theirs);
}

static void
a_message_longer_than_any_is_refused(void **unused)
{
	(void)unused;
	struct wire_msg back;
	int big = 1 << 20;
	int pair[2];
	autofree char *data = calloc(1, WIRE_MESSAGE_MAX + 1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	if (send(pair[0], data, WIRE_MESSAGE_MAX + 1, MSG_DONTWAIT) == -1)
		skip();
	assert_int_equal(wire_recv(pair[1], two, true, &back), -EBADMSG);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_comes_back_as_it_went),
		cmocka_unit_test(every_limit_is_kept_when_sending),
		cmocka_unit_test(every_limit_is_kept_when_receiving),
		cmocka_unit_test(a_text_with_a_nul_is_neither_sent_nor_taken),
		cmocka_unit_test(a_message_cut_at_any_byte_is_refused),
		cmocka_unit_test(bytes_behind_a_message_are_refused),
		cmocka_unit_test(the_other_directions_types_are_refused),
		cmocka_unit_test(a_wrong_header_is_refused),
		cmocka_unit_test(a_buffer_that_is_too_small_is_told),
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(every_type_passes_through_a_channel),
		cmocka_unit_test(an_empty_and_a_closed_channel_are_told_apart),
		cmocka_unit_test(what_was_said_before_the_close_is_heard),
		cmocka_unit_test(
		    a_full_channel_takes_nothing_and_keeps_its_order),
		cmocka_unit_test(
		    a_descriptor_is_demanded_where_the_table_has_one),
		cmocka_unit_test(
		    garbage_is_refused_and_its_descriptors_are_closed),
		cmocka_unit_test(a_message_longer_than_any_is_refused),
	};
	return cmocka_run_group_tests(tests, make_room, free_room);
}
