#ifndef CONFIG_JSON_H
#define CONFIG_JSON_H

#include "config/arena.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Strict JSON (RFC 8259, UTF-8) as people write it into configuration files:
 * line and block comments and one comma before a closing bracket are allowed
 * as well.  Everything else that is not JSON is an error with a place, and so
 * is what JSON leaves open and nobody means: a key given twice, U+0000.
 */

#define JSON_SIZE_MAX ((size_t)1024 * 1024)
#define JSON_DEPTH_MAX 32
#define JSON_NODES_MAX 16384
#define JSON_MEMBERS_MAX 1024 /* of one object or list */

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_LIST,
	JSON_OBJECT,
	JSON_TYPES,
};

/* Counted from 1; a column is a character, not a byte. */
struct json_place {
	unsigned line;
	unsigned column;
};

struct json {
	enum json_type type;
	bool truth;       /* JSON_BOOL */
	const char *text; /* JSON_STRING: decoded; JSON_NUMBER: as written */
	size_t len;
	struct json_place at;

	const char *name; /* in an object, else NULL */
	struct json_place name_at;
	struct json *next;
	struct json *first; /* members in the file's order */
	size_t count;
};

struct json_error {
	struct json_place at;
	char text[160]; /* a phrase */
};

/*
 * Read size bytes; the nodes and their texts lie in the arena, data itself is
 * not needed afterwards.  0 with *ret the outermost value, or -1 with
 * *ret_error filled; what was taken from the arena until then stays taken.
 */
int json_read(const char *data, size_t size, struct arena *arena,
    struct json **ret, struct json_error *ret_error);

/* The member of that name, or NULL. */
const struct json *json_member(const struct json *object, const char *name);

/* Whether a JSON_NUMBER is a whole number that fits; then it is in *ret. */
bool json_integer(const struct json *number, int64_t *ret);

/* "a string", "an object": for error texts. */
const char *json_type_name(enum json_type type);

#endif
