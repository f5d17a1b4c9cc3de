#include "core/wire.h"

#include "core/guard.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum kind { NUM, STR, BIN };
enum direction { DOWN, UP };
enum descriptor { NO_FD, WITH_FD };

struct field_rule {
	enum kind kind;
	int64_t max;
};

struct type_rule {
	const char *name;
	enum direction direction;
	enum descriptor descriptor;
	unsigned fields;
	const struct field_rule *field;
};

#define FIELD_RULE(T, name, kind_, max_) { kind_, max_ },
#define FIELD_TABLE(type, direction, descriptor)                \
	static const struct field_rule rules_##type[] = {       \
		WIRE_FIELDS_##type(FIELD_RULE, type){ NUM, 0 }, \
	};                                                      \
	_Static_assert(type##_FIELDS <= WIRE_FIELDS_MAX, "room for fields");
WIRE_MESSAGES(FIELD_TABLE)

#define TYPE_RULE(type, direction, descriptor)                         \
	[WIRE_##type] = { #type, direction, descriptor, type##_FIELDS, \
		rules_##type },
static const struct type_rule types[] = { WIRE_MESSAGES(TYPE_RULE) };
_Static_assert(ARRAY_LEN(types) == WIRE_TYPES, "a rule per type");

const char *
wire_name(unsigned type)
{
	return type < WIRE_TYPES ? types[type].name : "unknown";
}

static void
put_u32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static void
put_i64(unsigned char *p, int64_t v)
{
	put_u32(p, (uint32_t)(uint64_t)v);
	put_u32(p + 4, (uint32_t)((uint64_t)v >> 32));
}

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static int64_t
get_i64(const unsigned char *p)
{
	return (int64_t)((uint64_t)get_u32(p) | (uint64_t)get_u32(p + 4) << 32);
}

/*
 * A message lies in memory as a header, then per field its number or its
 * length, its bytes, and a NUL: three pieces at most, gathered by sendmsg.
 */
struct gathered {
	unsigned char header[WIRE_HEADER];
	unsigned char small[WIRE_FIELDS_MAX][8];
	struct iovec piece[1 + 3 * WIRE_FIELDS_MAX];
	unsigned short pieces; /* msg_iovlen is an int or a size_t */
	size_t total;
};

static void
gather(struct gathered *g, const void *data, size_t len)
{
	struct iovec *v = &g->piece[g->pieces++];
	v->iov_base = (void *)(uintptr_t)data;
	v->iov_len = len;
	g->total += len;
}

static bool
keeps_rule(const struct field_rule *rule, const struct wire_field *f)
{
	if (rule->kind == NUM)
		return f->num >= 0 && f->num <= rule->max;
	if (f->len > (size_t)rule->max || (f->len > 0 && f->ptr == NULL))
		return false;
	return rule->kind == BIN || f->len == 0 ||
	       memchr(f->ptr, '\0', f->len) == NULL;
}

static int
gather_message(struct gathered *g, const struct wire_msg *msg)
{
	const struct type_rule *type = &types[msg->type];

	g->pieces = 0;
	g->total = 0;
	gather(g, g->header, WIRE_HEADER);
	for (unsigned i = 0; i < type->fields; i++) {
		const struct wire_field *f = &msg->field[i];
		if (!keeps_rule(&type->field[i], f))
			return -EINVAL;
		if (type->field[i].kind == NUM) {
			put_i64(g->small[i], f->num);
			gather(g, g->small[i], 8);
			continue;
		}
		put_u32(g->small[i], (uint32_t)f->len);
		gather(g, g->small[i], 4);
		gather(g, f->ptr, f->len);
		gather(g, "", 1);
	}
	if (g->total > WIRE_MESSAGE_MAX)
		return -EMSGSIZE;
	put_u32(g->header, WIRE_MAGIC);
	put_u32(g->header + 4, WIRE_VERSION | (uint32_t)msg->type << 16);
	put_u32(g->header + 8, (uint32_t)(g->total - WIRE_HEADER));
	put_u32(g->header + 12, msg->serial);
	return 0;
}

int
wire_encode(const struct wire_msg *msg, void *buf, size_t size)
{
	struct gathered g;
	assert(msg->type < WIRE_TYPES);

	int r = gather_message(&g, msg);
	if (r < 0)
		return r;
	if (g.total > size)
		return -EMSGSIZE;
	char *next = buf;
	for (size_t i = 0; i < g.pieces; i++) {
		if (g.piece[i].iov_len > 0)
			memcpy(next, g.piece[i].iov_base, g.piece[i].iov_len);
		next += g.piece[i].iov_len;
	}
	return (int)g.total;
}

/* What of a received message has not been taken apart yet. */
struct rest {
	unsigned char *next;
	size_t len;
};

static bool
take_field(
    struct rest *rest, const struct field_rule *rule, struct wire_field *ret)
{
	size_t lead = rule->kind == NUM ? 8 : 4;
	if (rest->len < lead)
		return false;
	*ret = (struct wire_field){ 0 };
	if (rule->kind == NUM)
		ret->num = get_i64(rest->next);
	else
		ret->len = get_u32(rest->next);
	rest->next += lead;
	rest->len -= lead;
	if (rule->kind != NUM) {
		if (rest->len <= ret->len || rest->next[ret->len] != '\0')
			return false;
		ret->ptr = (const char *)rest->next;
		rest->next += ret->len + 1;
		rest->len -= ret->len + 1;
	}
	return keeps_rule(rule, ret);
}

int
wire_decode(void *buf, size_t len, bool toward_helper, struct wire_msg *ret)
{
	unsigned char *header = buf;
	if (len < WIRE_HEADER || get_u32(header) != WIRE_MAGIC ||
	    (get_u32(header + 4) & 0xffff) != WIRE_VERSION ||
	    get_u32(header + 8) != len - WIRE_HEADER)
		return -EBADMSG;
	unsigned number = get_u32(header + 4) >> 16;
	if (number >= WIRE_TYPES)
		return -EBADMSG;
	const struct type_rule *type = &types[number];
	if ((type->direction == DOWN) != toward_helper)
		return -EBADMSG;

	struct wire_msg msg = { .type = (enum wire_type)number, .fd = -1 };
	struct rest rest = { header + WIRE_HEADER, len - WIRE_HEADER };
	for (unsigned i = 0; i < type->fields; i++)
		if (!take_field(&rest, &type->field[i], &msg.field[i]))
			return -EBADMSG;
	if (rest.len != 0)
		return -EBADMSG;
	msg.serial = get_u32(header + 12);
	*ret = msg;
	return 0;
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void
attach_fd(struct msghdr *m, union control *control, int fd)
{
	m->msg_control = control->bytes;
	m->msg_controllen = sizeof(control->bytes);
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
}

int
wire_send(int fd, const struct wire_msg *msg)
{
	struct gathered g;
	union control control = { 0 };
	assert(msg->type < WIRE_TYPES);

	int r = gather_message(&g, msg);
	if (r < 0)
		return r;
	struct msghdr m = { .msg_iov = g.piece, .msg_iovlen = g.pieces };
	if (types[msg->type].descriptor == WITH_FD) {
		if (msg->fd == -1)
			return -EINVAL;
		attach_fd(&m, &control, msg->fd);
	}
	for (;;) {
		if (sendmsg(fd, &m, MSG_NOSIGNAL) != -1)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

static int
detach_fd(struct msghdr *m)
{
	int fd = -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/*
 * CMSG_SPACE would have room for a second descriptor, by its padding, which
 * nobody would close.  With CMSG_LEN the kernel keeps all but the first.
 *
 * Who closes with messages unread makes the kernel say ECONNRESET once; what he
 * had sent before comes after it, and then the end.
 */
int
wire_recv(int fd, void *buf, bool toward_helper, struct wire_msg *ret)
{
	union control control = { 0 };
	struct iovec piece = { buf, WIRE_MESSAGE_MAX };
	struct msghdr m = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t n;
	do
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1)
		return -errno;
	if (n == 0)
		return 0;

	autoclose int passed = detach_fd(&m);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EBADMSG;
	int r = wire_decode(buf, (size_t)n, toward_helper, ret);
	if (r < 0)
		return r;
	if ((types[ret->type].descriptor == WITH_FD) != (passed != -1))
		return -EBADMSG;
	ret->fd = TAKE_FD(passed);
	return 1;
}
