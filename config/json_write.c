#include "config/json_write.h"

#include "core/buf.h"

#include <string.h>

/* In pieces that do not split a character. */
void
json_write_part(FILE *to, const char *text, size_t left)
{
	char memory[6 * 256 + 3]; /* an escape takes six bytes at most */
	(void)fputs("\"", to);
	while (left > 0) {
		struct buf b = BUF_ON(memory);
		size_t n = left > 256 ? 256 : left;
		while (n < left && n > 252 && (text[n] & 0xc0) == 0x80)
			n--;
		buf_json(&b, text, n);
		(void)fwrite(memory + 1, 1, b.len - 2, to);
		text += n;
		left -= n;
	}
	(void)fputs("\"", to);
}

void
json_write_text(FILE *to, const char *text)
{
	json_write_part(to, text, strlen(text));
}

void
json_write_member(FILE *to, const char *name, const char *text)
{
	(void)fprintf(to, ",\"%s\":", name);
	json_write_text(to, text);
}

void
json_write_words(FILE *to, const char *name, char *const words[])
{
	(void)fprintf(to, ",\"%s\":[", name);
	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		(void)fputs(i == 0 ? "" : ",", to);
		json_write_text(to, words[i]);
	}
	(void)fputs("]", to);
}

void
json_write_next(struct json_write_list *list)
{
	(void)fputs(list->gap, list->to);
	list->gap = ",";
}
