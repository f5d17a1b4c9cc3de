#ifndef CONFIG_JSON_WRITE_H
#define CONFIG_JSON_WRITE_H

#include <stddef.h>
#include <stdio.h>

/* JSON for programs, in one line, written as it is thought of. */

/* A string; its first `len` bytes. */
void json_write_text(FILE *to, const char *text);
void json_write_part(FILE *to, const char *text, size_t len);

/* ,"name":"text" */
void json_write_member(FILE *to, const char *name, const char *text);

/* ,"name":["a","b"]; NULL for words: ,"name":[] */
void json_write_words(FILE *to, const char *name, char *const words[]);

/* A list or object in the making, begun with .gap = "". */
struct json_write_list {
	FILE *to;
	const char *gap;
};

/* The comma before each but the first. */
void json_write_next(struct json_write_list *list);

#endif
