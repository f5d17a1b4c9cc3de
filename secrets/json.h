#ifndef SECRETS_JSON_H
#define SECRETS_JSON_H

#include <cjson/cJSON.h>

/* A parsed tree that ends with its block; its memory is heap.h's: fetch.c. */
static inline void
json_drop(cJSON **tree)
{
	cJSON_Delete(*tree);
}

#define autojson __attribute__((cleanup(json_drop)))

#endif
