#include "secrets/scw_answer.h"

#include "core/guard.h"
#include "core/wire_types.h"
#include "remote/heap.h"
#include "secrets/json.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define RESET_MAX_S 60

static const cJSON *
member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* IEEE CRC-32, as zlib has it. */
static uint32_t
crc32(const char *data, size_t len)
{
	uint32_t crc = 0xffffffffu;
	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/*
 * The checksum is a number, a number in a string, null or not there.  Which
 * polynomial the vendor means is not documented, so a difference only warns.
 */
static bool
crc_differs(const cJSON *announced, const char *data, size_t len)
{
	if (cJSON_IsNumber(announced))
		return announced->valuedouble != (double)crc32(data, len);
	if (!cJSON_IsString(announced))
		return false;
	char *end;
	errno = 0;
	unsigned long long crc = strtoull(announced->valuestring, &end, 10);
	if (end == announced->valuestring || *end != '\0' || errno != 0)
		return false;
	return crc != crc32(data, len);
}

static int64_t
number(const cJSON *item, int64_t max, int64_t otherwise)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
	    item->valuedouble > (double)max)
		return otherwise;
	return (int64_t)item->valuedouble;
}

static const char *
decode(const char *text, struct scw_answer *ret)
{
	size_t len = strlen(text);
	size_t size = len / 4 * 3 + 3;
	size_t have;
	autoheap char *data = heap_alloc(size + 1);

	if (data == NULL)
		return "out of memory";
	if (sodium_base642bin((unsigned char *)data, size, text, len, NULL,
		&have, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return "the answer's data is not base64";
	if (have > WIRE_SECRET_MAX)
		return "the secret is larger than 64 KiB";
	data[have] = '\0';
	ret->data = TAKE_PTR(data);
	ret->len = have;
	return NULL;
}

const char *
scw_answer_read(const char *body, size_t len, struct scw_answer *ret)
{
	struct scw_answer answer = { 0 };
	autojson cJSON *tree = cJSON_ParseWithLength(body, len);

	if (!cJSON_IsObject(tree))
		return "the answer is not a JSON object";
	const cJSON *data = member(tree, "data");
	if (!cJSON_IsString(data))
		return "the answer has no data";
	const char *why = decode(data->valuestring, &answer);
	if (why != NULL)
		return why;
	answer.revision = number(member(tree, "revision"), WIRE_BIG, 0);
	answer.crc_differs =
	    crc_differs(member(tree, "data_crc32"), answer.data, answer.len);
	*ret = answer;
	return NULL;
}

void
scw_answer_free(struct scw_answer *answer)
{
	heap_free(answer->data);
	*answer = (struct scw_answer){ 0 };
}

/* A stranger's text goes into a log line only when it is an identifier. */
static void
copy_word(const cJSON *item, char *ret, size_t size)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz_";

	ret[0] = '\0';
	if (!cJSON_IsString(item))
		return;
	size_t len = strlen(item->valuestring);
	if (len < size && strspn(item->valuestring, good) == len)
		memcpy(ret, item->valuestring, len + 1);
}

void
scw_answer_refusal(const char *body, size_t len, struct scw_refusal *ret)
{
	autojson cJSON *tree = cJSON_ParseWithLength(body, len);

	copy_word(member(tree, "type"), ret->type, sizeof(ret->type));
	copy_word(member(tree, "reason"), ret->reason, sizeof(ret->reason));
	int64_t seconds =
	    number(member(tree, "reset_seconds"), WIRE_MS_MAX, -1);
	if (seconds > RESET_MAX_S)
		seconds = RESET_MAX_S;
	ret->reset_ms = seconds == -1 ? -1 : seconds * 1000;
}
