#include "secrets/scw_key.h"

#include "core/guard.h"
#include "core/wire_types.h"
#include "remote/heap.h"
#include "secrets/file.h"

#include <stdio.h>
#include <string.h>

/* A line break inside would end the header and begin another. */
static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0;
}

static bool
set_auth(struct session *s, const char *key, size_t len)
{
	static const char name[] = "X-Auth-Token: ";
	size_t size = sizeof(name) + len;

	while (len > 0 && strchr(" \t\r\n", key[len - 1]) != NULL)
		len--;
	if (!is_token(key, len))
		return false;
	s->auth = heap_alloc(size);
	if (s->auth == NULL)
		return false;
	(void)snprintf(s->auth, size, "%s%.*s", name, (int)len, key);
	return true;
}

static bool
auth_from_file(struct session *s, char *why, size_t size)
{
	autoheap char *key = NULL;
	size_t len;

	int r = file_read(s->key_file, WIRE_TEXT_MAX, &key, &len);
	if (r == 0 && set_auth(s, key, len))
		return true;
	(void)snprintf(why, size,
	    "cannot use the secret key in %.512s: %s "
	    "(CRADLE_SCW_SECRET_KEY_FILE)",
	    s->key_file, r < 0 ? file_strerror(r) : "it holds no key");
	return false;
}

bool
scw_key_ready(struct session *s, char *why, size_t size)
{
	if (s->auth != NULL)
		return true;
	if (s->key[0] == '\0' && s->key_file[0] != '\0')
		return auth_from_file(s, why, size);
	if (s->key[0] != '\0' && set_auth(s, s->key, strlen(s->key)))
		return true;
	(void)snprintf(why, size, "%s",
	    s->key[0] != '\0'
		? "the configured secret key is none (CRADLE_SCW_SECRET_KEY)"
		: "no secret key is configured (set CRADLE_SCW_SECRET_KEY_FILE "
		  "or CRADLE_SCW_SECRET_KEY)");
	return false;
}
