/*
 * What one process can say to the other.  The first byte chooses the direction
 * and whether the length in the header is made right, so that the fields behind
 * it are reached; what is accepted must encode to the same bytes again.
 */
#include "core/wire.c"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(const struct wire_msg *msg, const unsigned char *all, size_t len)
{
	const char *start = (const char *)all;
	const struct type_rule *type = &types[msg->type];

	assert(msg->fd == -1);
	for (unsigned i = 0; i < type->fields; i++) {
		const struct wire_field *f = &msg->field[i];
		assert(keeps_rule(&type->field[i], f));
		if (type->field[i].kind == NUM)
			continue;
		assert(f->ptr >= start && f->ptr + f->len < start + len);
		assert(f->ptr[f->len] == '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_msg msg;

	if (size < 1 || size > WIRE_MESSAGE_MAX)
		return 0;
	size_t len = size - 1;
	unsigned char *message = malloc(len ? len : 1);
	unsigned char *again = malloc(len ? len : 1);
	if (message == NULL || again == NULL)
		abort();
	memcpy(message, data + 1, len);
	if ((data[0] & 2) && len >= WIRE_HEADER) {
		put_u32(message, WIRE_MAGIC);
		put_u32(message + 8, (uint32_t)(len - WIRE_HEADER));
		message[4] = WIRE_VERSION;
		message[5] = 0;
		message[7] = 0;
		message[6] %= WIRE_TYPES;
	}
	if (wire_decode(message, len, data[0] & 1, &msg) == 0) {
		inside(&msg, message, len);
		assert(wire_encode(&msg, again, len) == (int)len);
		assert(memcmp(message, again, len) == 0);
	}
	free(message);
	free(again);
	return 0;
}
