#include "config/ecosystem_command.h"

#include "config/ecosystem_keys.h"
#include "core/guard.h"

#include <string.h>

/*
 * Which program runs which script is PM2's table, with what an image may have
 * instead.  A script without an ending of the table is Node's, unless the
 * kernel knows what to do with it: a program, or an executable "#!" script.
 */
static const struct {
	const char *ending;
	const char *program;
	const char *instead; /* when program is not there */
} interpreters[] = {
	{ ".js", "node", NULL },
	{ ".sh", "bash", "sh" },
	{ ".py", "python", "python3" },
	{ ".rb", "ruby", NULL },
	{ ".php", "php", NULL },
	{ ".pl", "perl", NULL },
	{ ".coffee", "coffee", NULL },
	{ ".ls", "lsc", NULL },
	{ ".ts", "bun", "node" },
	{ ".tsx", "bun", NULL },
};

const char *
ecosystem_command_path(
    struct ecosystem_work *w, const char *base, const char *path)
{
	while (strncmp(path, "./", 2) == 0)
		path += 1 + strspn(path + 1, "/");
	if (strcmp(path, ".") == 0 || *path == '\0')
		return base;
	if (*path == '/')
		return path;
	return ecosystem_work_text(
	    w, "%s%s%s", base, strcmp(base, "/") == 0 ? "" : "/", path);
}

/* Along PATH; NULL when it is in no folder of it. */
static const char *
in_path(struct ecosystem_work *w, const char *program)
{
	const char *p = ecosystem_work_variable(w, "PATH");
	if (p == NULL || strchr(program, '/') != NULL)
		return NULL;
	while (true) {
		size_t len = strcspn(p, ":");
		const char *path =
		    ecosystem_work_text(w, "%.*s/%s", (int)len, p, program);
		if (len > 0 && w->ask->look(path) != ECOSYSTEM_ABSENT)
			return path;
		if (p[len] == '\0')
			return NULL;
		p += len + 1;
	}
}

static const char *
by_ending(struct ecosystem_work *w, const char *script)
{
	const char *slash = strrchr(script, '/');
	const char *dot = strrchr(slash == NULL ? script : slash, '.');
	for (size_t i = 0; dot != NULL && i < ARRAY_LEN(interpreters); i++) {
		if (strcmp(dot, interpreters[i].ending) != 0)
			continue;
		if (interpreters[i].instead != NULL &&
		    in_path(w, interpreters[i].program) == NULL)
			return interpreters[i].instead;
		return interpreters[i].program;
	}
	return NULL;
}

/* NULL: the script itself is executed. */
static const char *
interpreter_of(struct ecosystem_work *w, enum ecosystem_found found)
{
	const char *given = ecosystem_keys_text(w, "interpreter");
	if (given != NULL && strcmp(given, "none") == 0)
		return NULL;
	if (given != NULL && strncmp(given, "node@", 5) == 0)
		ecosystem_work_refuse(w, "interpreter",
		    "no version of Node is fetched at start (take an image "
		    "that has it, and say \"node\")");
	if (given != NULL)
		return given;
	const char *known = by_ending(w, w->script);
	if (known != NULL)
		return known;
	if (found == ECOSYSTEM_PROGRAM &&
	    ecosystem_keys_get(w, "node_args") == NULL)
		return NULL;
	return "node";
}

/* A word of PM2's splitting, quotes around the whole of it taken off. */
static const char *
next_word(struct ecosystem_work *w, const char **p)
{
	const char *start = *p += strspn(*p, " \t\r\n");
	if (*start == '\0')
		return NULL;
	while (**p != '\0' && strchr(" \t\r\n", **p) == NULL) {
		const char *quoted =
		    strchr("\"'", **p) == NULL ? NULL : strchr(*p + 1, **p);
		bool opens = *p == start || (*p)[-1] == '=';
		*p = quoted != NULL && opens ? quoted + 1 : *p + 1;
	}
	size_t len = (size_t)(*p - start);
	if (len >= 2 && (*start == '"' || *start == '\'') &&
	    start[len - 1] == *start) {
		start++;
		len -= 2;
	}
	return arena_text(w->arena, start, len);
}

/* args and node_args: a list, or a text that is split. */
static void
write_words(struct ecosystem_work *w, const char *key)
{
	const struct json *value = ecosystem_keys_get(w, key);
	if (value == NULL)
		return;
	if (value->type == JSON_LIST) {
		for (const struct json *m = value->first; m != NULL;
		     m = m->next) {
			if (m->type == JSON_STRING || m->type == JSON_NUMBER)
				ecosystem_work_string(w, NULL, m->text);
			else
				ecosystem_work_refuse(
				    w, key, "it must be a list of strings");
		}
		return;
	}
	const char *p = value->text;
	for (const char *word = next_word(w, &p); word != NULL;
	     word = next_word(w, &p))
		if (*word != '\0')
			ecosystem_work_string(w, NULL, word);
}

/* "npm run start": PM2 gives what has a blank to a shell, without args. */
static void
write_line(struct ecosystem_work *w, const char *line)
{
	w->script = in_path(w, "bash");
	ecosystem_work_string(w, NULL, w->script != NULL ? "bash" : "sh");
	ecosystem_work_string(w, NULL, "-c");
	ecosystem_work_string(w, NULL, line);
	if (w->script == NULL)
		w->script = "/bin/sh";
	if (ecosystem_keys_get(w, "args") != NULL)
		ecosystem_work_refuse(w, "args",
		    "a script with a blank in it is a line for the shell, "
		    "which has its arguments in it (write them there)");
}

static bool
runs_node(const char *interpreter)
{
	size_t len = strlen(interpreter);
	return len >= 4 && strcmp(interpreter + len - 4, "node") == 0;
}

static void
write_script(struct ecosystem_work *w, const char *script, bool *ret_python)
{
	const char *path = ecosystem_command_path(w, w->cwd, script);
	enum ecosystem_found found = w->ask->look(path);
	if (found == ECOSYSTEM_ABSENT) {
		path = in_path(w, script);
		found = path == NULL ? ECOSYSTEM_ABSENT : w->ask->look(path);
	}
	if (found == ECOSYSTEM_ABSENT) {
		ecosystem_work_refuse(w, "script",
		    "there is neither %.200s in %.200s nor such a command in "
		    "PATH",
		    script, w->cwd);
		return;
	}
	w->script = path;
	const char *interpreter = interpreter_of(w, found);
	if (interpreter != NULL) {
		ecosystem_work_string(w, NULL, interpreter);
		*ret_python = strstr(interpreter, "python") != NULL;
		if (runs_node(interpreter) &&
		    ecosystem_keys_bool(w, "source_map_support", false))
			ecosystem_work_string(w, NULL, "--enable-source-maps");
		write_words(w, "node_args");
	} else if (ecosystem_keys_get(w, "node_args") != NULL) {
		ecosystem_work_refuse(w, "node_args",
		    "no interpreter runs this script (leave it out)");
	}
	ecosystem_work_string(w, NULL, path);
	write_words(w, "args");
}

void
ecosystem_command_write(struct ecosystem_work *w, bool *ret_python)
{
	const char *script = ecosystem_keys_text(w, "script");
	*ret_python = false;
	w->script = "";
	ecosystem_work_open(w, "command", '[');
	if (script == NULL)
		ecosystem_work_refuse(
		    w, "script", "it is missing, and nothing would be run");
	else if (strchr(script, ' ') != NULL)
		write_line(w, script);
	else
		write_script(w, script, ret_python);
	ecosystem_work_close(w, ']');
}
