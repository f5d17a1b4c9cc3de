#ifndef CONFIG_JSON_TEXT_H
#define CONFIG_JSON_TEXT_H

#include "config/json.h"

/*
 * The characters of JSON: the lower half of json.c, which alone uses it.  Each
 * function moves the cursor over what it read; one that fails returns a phrase
 * and leaves the cursor at the character to blame.
 */
struct json_cursor {
	const char *p;
	const char *end;
	struct json_place at;
};

/* Over len bytes of ASCII without a line break. */
void json_text_step(struct json_cursor *c, size_t len);

/* Over white space and comments. */
const char *json_text_space(struct json_cursor *c);

/* Over a string in double quotes, decoded into the arena. */
const char *json_text_string(struct json_cursor *c, struct arena *arena,
    const char **ret_text, size_t *ret_len);

/* How long the number at the cursor is, 0 when it is none; does not move. */
size_t json_text_number(const struct json_cursor *c);

#endif
