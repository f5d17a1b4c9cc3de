#include "supervisor/spoken.h"

#include "supervisor/filter.h"

#include <stdbool.h>
#include <string.h>

#include "supervisor/pid1.h"

/* What paths and schemes consist of, and what ends an argument in a script. */
#define PLAIN                                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"/._-+@%~"
#define BLANKS " \t\n\"';,"

struct word {
	const char *at;
	size_t len;
};

static bool
is(struct word w, const char *text)
{
	return w.len == strlen(text) && memcmp(w.at, text, w.len) == 0;
}

static bool
has(struct word w, const char *text)
{
	const char *found = memmem(w.at, w.len, text, strlen(text));
	return found != NULL;
}

static bool
ends_with(struct word w, const char *text)
{
	size_t len = strlen(text);
	return w.len >= len && memcmp(w.at + w.len - len, text, len) == 0;
}

unsigned
spoken_length(size_t len)
{
	if (len == FILTER_PATH_16 || len == FILTER_PATH_16 + 1)
		return FILTER_PATHS | FILTER_CONNECT_16;
	if (len == FILTER_PATH_28 || len == FILTER_PATH_28 + 1)
		return FILTER_PATHS | FILTER_CONNECT_28;
	return FILTER_PATHS;
}

/* "unix:///run/x" is /run/x. */
static unsigned
take_path(struct word w)
{
	while (w.len > 1 && w.at[0] == '/' && w.at[1] == '/') {
		w.at++;
		w.len--;
	}
	return ends_with(w, "docker.sock") ? 0 : spoken_length(w.len);
}

static unsigned
paths_in(const char *text)
{
	struct word before = { text, 0 };
	bool client = false; /* the rest of this argument is a client's URL */
	unsigned found = 0;

	while (*text != '\0') {
		struct word w = { text, strspn(text, PLAIN) };
		if (w.len == 0) {
			client = client && strchr(BLANKS, *text) == NULL;
			text++;
			continue;
		}
		bool named = before.len > 0 && w.at[-1] == ':' &&
			     w.at - 1 == before.at + before.len;
		bool kestrel = named && is(before, "//unix");
		bool bindable = named && is(before, "unix");
		if (named && !bindable && strncmp(w.at, "//", 2) == 0)
			client = true;
		if (kestrel || (!client && (bindable || has(w, ".sock"))))
			found |= take_path(w);
		before = w;
		text += w.len;
	}
	return found;
}

unsigned
spoken_paths(char *const command[])
{
	unsigned found = 0;
	for (; *command != NULL; command++)
		found |= paths_in(*command);
	return found;
}
