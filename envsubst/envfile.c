#include "envsubst/envfile.h"

#include "envsubst/digest.h"
#include "envsubst/page.h"
#include "envsubst/quote.h"

#include "core/fd.h"
#include "core/guard_heap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HASH_BYTES 4

/* ---- what is in it ------------------------------------------------------ */

/* NAME or NAME.NAME..., as JavaScript has them. */
static bool
is_global(const char *text)
{
	bool begins = true;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '.' && !begins)
			begins = true;
		else if (*c == '$' || (begins ? scope_begins_name(*c)
					      : scope_is_name_char(*c)))
			begins = false;
		else
			return false;
	}
	return !begins;
}

static bool
is_json(const char *path)
{
	size_t len = strlen(path);
	return len > 5 && strcasecmp(path + len - 5, ".json") == 0;
}

/*
 * A name that is __proto__ would set the prototype if it were written as such;
 * a key in brackets is only a key.
 */
static void
add_key(const char *name, bool json, struct text *to)
{
	bool proto = !json && strcmp(name, "__proto__") == 0;
	text_str(to, proto ? "[" : "");
	(void)quote_add(QUOTE_LITERAL, name, strlen(name), to);
	text_str(to, proto ? "]:" : ":");
}

static void
write_contents(const struct envfile_wish *w, bool json, struct text *to)
{
	const char *between = "";

	if (!json) {
		text_str(to, w->global);
		text_str(to, " = ");
	}
	text_str(to, "{");
	for (size_t i = 0; i < w->count; i++) {
		if (w->var[i].data == NULL)
			continue;
		text_str(to, between);
		add_key(w->var[i].name, json, to);
		(void)quote_add(
		    QUOTE_LITERAL, w->var[i].data, w->var[i].len, to);
		between = ",";
	}
	text_str(to, json ? "}\n" : "};\n");
}

/* ---- what it is called -------------------------------------------------- */

/* Each part a name: none empty, none "." or "..". */
static bool
is_inside(const char *path)
{
	while (true) {
		size_t n = strcspn(path, "/");
		if (n == 0 || n > 200 || (n == 1 && path[0] == '.') ||
		    (n == 2 && memcmp(path, "..", 2) == 0))
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

/* assets/env.js becomes assets/env.1a2b3c4d.js. */
static char *
with_hash(const char *path, const struct text *contents)
{
	struct digest_state state;
	struct digest digest;
	char hex[2 * HASH_BYTES + 1];
	char *out = NULL;
	const char *name = last_part(path);
	const char *dot = strrchr(name, '.');
	int stem = (int)(dot == NULL || dot == name ? strlen(path)
						    : (size_t)(dot - path));

	digest_begin(&state);
	digest_add(&state, contents->data, contents->len);
	digest_end(&state, &digest);
	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest.bytes[i]);
	return asprintf(&out, "%.*s.%s%s", stem, path, hex, path + stem) == -1
		   ? NULL
		   : out;
}

int
envfile_make(const struct envfile_wish *w, struct envfile *ret)
{
	struct envfile e = { .contents = TEXT_MAX(ENVFILE_MAX) };
	bool json = is_json(w->path);

	if (!is_inside(w->path))
		return -EINVAL;
	if (!json && !is_global(w->global))
		return -EDOM;
	write_contents(w, json, &e.contents);
	e.name = strdup(last_part(w->path));
	if (!e.contents.failed)
		e.path =
		    w->hash ? with_hash(w->path, &e.contents) : strdup(w->path);
	if (w->hash && e.path != NULL)
		e.hashed = strdup(last_part(e.path));
	if (e.name == NULL || e.path == NULL || (w->hash && e.hashed == NULL)) {
		envfile_free(&e);
		return -ENOMEM;
	}
	*ret = e;
	return 0;
}

void
envfile_free(struct envfile *e)
{
	free(e->path);
	free(e->name);
	free(e->hashed);
	text_free(&e->contents);
	*e = (struct envfile){ 0 };
}

/* ---- what refers to it -------------------------------------------------- */

int
envfile_needles(const struct envfile *e, struct needles **ret)
{
	const struct needle needle = { e->name, strlen(e->name) };
	return needles_build(&needle, 1, ret);
}

static bool
is_one_of(char c, const char *list)
{
	return c != '\0' && strchr(list, c) != NULL;
}

/* In an attribute of a page, a URL of which it is the last part. */
static enum look
look(const void *values, const struct view *v, struct edit *ret)
{
	const struct envfile *e = values;
	size_t len = strlen(e->name);
	size_t end = v->at + len;

	if (e->hashed == NULL || !page_is(last_part(v->path)) ||
	    v->at < v->lo || v->at == 0 || end >= v->len ||
	    !is_one_of(v->data[v->at - 1], "\"'/=") ||
	    !is_one_of(v->data[end], "\"'?#> \t\r\n"))
		return LOOK_NONE;
	*ret = (struct edit){ .start = v->at, .len = (uint32_t)len };
	return LOOK_EDIT;
}

static int
put(const void *values, struct site *s)
{
	const struct envfile *e = values;
	return site_put(s, e->hashed, strlen(e->hashed));
}

const struct mode envfile_mode = {
	.name = "file",
	.reach = NEEDLE_LEN_MAX + 1,
	.look = look,
	.write = put,
};

int
envfile_write(void *envfile, struct changes *c, struct failure *f)
{
	const struct envfile *e = envfile;
	autoclose int fd = -1;

	if (changes_write(c, e->path, &fd, f) < 0)
		return -1;
	int r = fd_write_all(fd, e->contents.data, e->contents.len);
	return r < 0 ? failure_os(f, r, "write %s", e->path) : 0;
}
