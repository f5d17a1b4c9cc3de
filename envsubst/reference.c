#include "envsubst/reference.h"

#include <errno.h>
#include <string.h>

static int
hex_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at =
	    c == '\0' ? NULL : strchr(digits, c | (c >= 'A' ? 0x20 : 0));
	return at == NULL ? -1 : (int)(at - digits);
}

/* One part of a URL's path into a path's, in which ".." steps back. */
static int
add_part(char *path, size_t *len, const char *part, size_t part_len)
{
	if (part_len == 0 || (part_len == 1 && part[0] == '.'))
		return 0;
	if (part_len == 2 && memcmp(part, "..", 2) == 0) {
		if (*len == 0)
			return -EINVAL;
		while (*len > 0 && path[--*len] != '/')
			;
		return 0;
	}
	if (*len + part_len + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	if (*len > 0)
		path[(*len)++] = '/';
	for (size_t i = 0; i < part_len; i++) {
		int high = part[i] == '%' && i + 2 < part_len
			       ? hex_of(part[i + 1])
			       : -1;
		int low = high < 0 ? -1 : hex_of(part[i + 2]);
		path[(*len)++] = (char)(low < 0 ? part[i] : high << 4 | low);
		i += low < 0 ? 0 : 2;
	}
	return 0;
}

static int
add_parts(char *path, size_t *len, const char *url, size_t url_len)
{
	int r = 0;
	for (size_t at = 0; r == 0 && at < url_len;) {
		const char *slash = memchr(url + at, '/', url_len - at);
		size_t end = slash == NULL ? url_len : (size_t)(slash - url);
		r = add_part(path, len, url + at, end - at);
		at = end + 1;
	}
	path[*len] = '\0';
	return r < 0 || strlen(path) != *len ? -EINVAL : 0;
}

int
reference_resolve(
    const char *file, const char *url, size_t len, char path[PATH_MAX])
{
	const char *slash = strrchr(file, '/');
	size_t end = 0;
	size_t path_len = 0;

	while (end < len && url[end] != '?' && url[end] != '#')
		end++;
	if (end == 0 || memchr(url, ':', end) != NULL ||
	    (end > 1 && url[0] == '/' && url[1] == '/'))
		return -EINVAL;
	int r = url[0] == '/' || slash == NULL
		    ? 0
		    : add_parts(path, &path_len, file, (size_t)(slash - file));
	return r < 0 ? r : add_parts(path, &path_len, url, end);
}
