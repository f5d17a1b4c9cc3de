/*
 * The input is lines: values to mask up to an empty line, then a text.  No
 * value may be left in what comes out, the marks aside, and nothing is read or
 * written past its end.
 */
#include "core/redact.c"
#include "core/secret.c"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
exact_copy(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	if (copy == NULL)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* Adds the line at *data and moves on; false at the empty line or the end. */
static bool
add_line(struct redact *set, const uint8_t **data, size_t *size)
{
	const uint8_t *newline = memchr(*data, '\n', *size);
	if (newline == NULL || newline == *data)
		return false;
	size_t len = (size_t)(newline - *data);
	char *value = exact_copy(*data, len);
	for (size_t i = 0; i < len; i++)
		if (value[i] == '\\')
			value[i] = '\n';
	if (redact_add(set, value, len) < 0)
		abort();
	free(value);
	*data += len + 1;
	*size -= len + 1;
	return true;
}

/* A mark may meet what stands beside it and so look like a value. */
static void
expect_none(const struct redact *set, const char *text, size_t len)
{
	const size_t mark = strlen(REDACT_MARK);
	size_t from = 0;
	for (size_t i = 0; i <= len; i++) {
		bool at_mark =
		    len - i >= mark && memcmp(text + i, REDACT_MARK, mark) == 0;
		if (!at_mark && i < len)
			continue;
		for (size_t k = from; k < i; k++)
			assert(longest(set, (const unsigned char *)text + k,
				   i - k, 0) == 0);
		from = i + mark;
		i += at_mark ? mark - 1 : 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redact *set;
	char *out;
	size_t out_len;

	if (size > 8192 || redact_new(&set) < 0)
		return 0;
	while (size > 0 && add_line(set, &data, &size))
		;
	char *text = exact_copy(data, size);
	if (redact_text(set, text, size, &out, &out_len) < 0)
		abort();
	assert(out[out_len] == '\0');
	expect_none(set, out, out_len);
	free(out);
	free(text);
	redact_free(set);
	return 0;
}
