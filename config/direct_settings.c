#include "config/direct_settings.h"

#include "config/direct_package.h"
#include "config/expand.h"
#include "core/guard.h"

#include <string.h>
#include <strings.h>

/* As .npmrc has them, as YAML has them, as variables have them. */
static const char *const keys[] = { "script-shell", "script_shell",
	"scriptShell", "shell-emulator", "shell_emulator", "shellEmulator",
	"node-options", "node_options", "nodeOptions" };

/* A line that begins with a key, quoted or not, and is no comment. */
static bool
line_has_key(const char *line)
{
	line += strspn(line, " \t\"'-");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t len = strlen(keys[i]);
		if (strncasecmp(line, keys[i], len) == 0 &&
		    strchr(" \t\"'=:\r\n", line[len]) != NULL)
			return true;
	}
	return false;
}

static bool
file_has_key(const char *folder, const char *name, struct arena *arena)
{
	struct arena before = *arena;
	size_t len;
	bool found = false;
	const char *path = direct_package_join(folder, name, arena);
	const char *text = direct_package_read(path, arena, &len);
	while (text != NULL && !found) {
		found = line_has_key(text);
		text = strchr(text, '\n');
		text = text == NULL ? NULL : text + 1;
	}
	*arena = before;
	return found;
}

static bool
environment_has_key(char *const environ_in[])
{
	static const char prefix[] = "npm_config_";
	const size_t len = sizeof(prefix) - 1;
	for (char *const *e = environ_in; *e != NULL; e++)
		if (strncasecmp(*e, prefix, len) == 0 && line_has_key(*e + len))
			return true;
	return false;
}

bool
direct_settings_found(const char *folder, const char *root,
    char *const environ_in[], struct arena *arena)
{
	static const char *const files[] = { ".npmrc", ".yarnrc",
		"pnpm-workspace.yaml" };
	const char *folders[] = { folder, root,
		expand_variable(environ_in, "HOME", 4) };
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		for (size_t k = 0; k < ARRAY_LEN(files); k++)
			if (folders[i] != NULL &&
			    file_has_key(folders[i], files[k], arena))
				return true;
	return environment_has_key(environ_in);
}

/* "- 'packages/ *'  # comment": the pattern, or NULL. */
static const char *
item_of(const char *line, size_t len, struct arena *arena)
{
	const char *end = line + len;
	line += strspn(line, " \t");
	if (line >= end || *line != '-')
		return NULL;
	line++;
	line += strspn(line, " \t");
	char quote = *line == '"' || *line == '\'' ? *line++ : '\0';
	size_t n = 0;
	while (line + n < end &&
	       (quote != '\0' ? line[n] != quote
			      : strchr(" \t\r#", line[n]) == NULL))
		n++;
	return n == 0 ? NULL : arena_text(arena, line, n);
}

int
direct_settings_workspaces(const char *folder, struct arena *arena,
    const char *ret[], size_t max, size_t *ret_count)
{
	static const char head[] = "packages:";
	size_t size, count = 0;
	bool inside = false;
	const char *path =
	    direct_package_join(folder, "pnpm-workspace.yaml", arena);
	const char *line = direct_package_read(path, arena, &size);
	for (; line != NULL;
	     line = strchr(line, '\n'), line = line == NULL ? NULL : line + 1) {
		size_t len = strcspn(line, "\n");
		size_t blank = strspn(line, " \t\r");
		if (blank >= len || line[blank] == '#')
			continue;
		if (strncmp(line, head, sizeof(head) - 1) == 0) {
			inside = true;
			/* a flow list: [a, b] */
			if (memchr(line, '[', len) != NULL)
				return -1;
			continue;
		}
		if (inside && blank == 0 && line[0] != '-')
			break;
		if (!inside)
			continue;
		if (count == max)
			return -1;
		ret[count] = item_of(line, len, arena);
		if (ret[count++] == NULL)
			return -1;
	}
	*ret_count = count;
	return 0;
}
