#include "config/direct_env.h"

#include "config/direct_find.h"
#include "config/expand.h"
#include "config/ref.h"
#include "core/buf.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/*
 * As seen in scripts of npm 11, pnpm 9 and yarn 1 on Linux.  Left out: npm's
 * own settings (npm_config_* but the user agent), COLOR and EDITOR, the folder
 * of node-gyp on PATH, and what only pnpm and yarn copy out of package.json
 * (npm_package_scripts_* and its like).
 */

struct make {
	const struct direct_facts *facts;
	struct arena *arena;
	struct plan_variable *item;
	size_t count;
};

static bool
is_name(const char *text)
{
	return text[0] != '\0' && strpbrk(text, "= \t\r\n") == NULL;
}

/* A value that cradle would take for a reference must not be fetched. */
static void
add(struct make *m, const char *name, const char *value)
{
	if (value == NULL || m->count == DIRECT_ENV_MAX || !is_name(name) ||
	    ref_is_reference(value, false) || ref_is_composite(value))
		return;
	m->item[m->count++] = (struct plan_variable){ name, value };
}

static const char *
joined(struct make *m, const char *a, const char *b)
{
	return direct_package_concat(a, b, m->arena);
}

static const char *
value_text(const struct json *v)
{
	switch (v->type) {
	case JSON_STRING:
	case JSON_NUMBER:
		return v->text;
	case JSON_BOOL:
		return v->truth ? "true" : "";
	case JSON_NULL:
		return "";
	case JSON_LIST:
	case JSON_OBJECT:
	case JSON_TYPES:
		break;
	}
	return NULL;
}

/* "config": {"port": 80} is npm_package_config_port; the depth is json_read's.
 */
static void
add_tree(struct make *m, const char *prefix, const struct json *v)
{
	const char *text = value_text(v);
	size_t i = 0;
	if (text != NULL) {
		add(m, prefix, text);
		return;
	}
	for (const struct json *c = v->first; c != NULL; c = c->next) {
		char number[24];
		(void)snprintf(number, sizeof(number), "_%zu", i++);
		if (m->count == DIRECT_ENV_MAX)
			return;
		add_tree(m,
		    joined(m, prefix,
			c->name != NULL ? joined(m, "_", c->name) : number),
		    c);
	}
}

/* "bin": "x.js" is that of the package's own name, without its scope. */
static void
add_bin(struct make *m, const struct json *bin, const char *name)
{
	const char *slash = name == NULL ? NULL : strchr(name, '/');
	if (bin->type == JSON_OBJECT)
		add_tree(m, "npm_package_bin", bin);
	else if (bin->type == JSON_STRING && name != NULL)
		add(m,
		    joined(m, "npm_package_bin_",
			slash != NULL ? slash + 1 : name),
		    bin->text);
}

static void
add_package(struct make *m)
{
	static const char *const trees[] = { "config", "engines" };
	const struct direct_facts *f = m->facts;
	const struct direct_package *p = f->package;
	if (p == NULL)
		return;
	const char *name = direct_package_text(p, NULL, "name");
	const struct json *bin = json_member(p->top, "bin");
	add(m, "npm_package_json",
	    direct_package_join(p->folder, "package.json", m->arena));
	add(m, "npm_package_name", name);
	add(m, "npm_package_version", direct_package_text(p, NULL, "version"));
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		const struct json *tree = json_member(p->top, trees[i]);
		if (tree != NULL)
			add_tree(m, joined(m, "npm_package_", trees[i]), tree);
	}
	if (bin != NULL)
		add_bin(m, bin, name);
	if (f->tool == DIRECT_PNPM)
		add(m, "PNPM_SCRIPT_SRC_DIR", p->folder);
}

/* The program behind its symlinks, as node has it in process.execPath. */
static const char *
real_program(struct make *m, const char *name)
{
	const struct direct_facts *f = m->facts;
	char real[PATH_MAX];
	const char *found =
	    direct_find_program(name, f->path, f->cwd, m->arena);
	if (found == NULL || realpath(found, real) == NULL)
		return NULL;
	return arena_text(m->arena, real, strlen(real));
}

/* Of the package that the launcher's program, bin/npm-cli.js, is part of. */
static const char *
version_of(struct make *m, const char *program, const char *tool)
{
	struct direct_package p;
	enum direct_why why;
	if (program == NULL)
		return NULL;
	const char *slash = strrchr(program, '/');
	const char *folder =
	    arena_text(m->arena, program, (size_t)(slash - program));
	if (direct_package_find(folder, m->arena, &p, &why) == -1)
		return NULL;
	const char *name = direct_package_text(&p, NULL, "name");
	if (name == NULL || strcmp(name, tool) != 0)
		return NULL;
	return direct_package_text(&p, NULL, "version");
}

static const char *
architecture(void)
{
	static struct utsname u;
	if (uname(&u) == -1)
		return "?";
	if (strcmp(u.machine, "x86_64") == 0)
		return "x64";
	return strcmp(u.machine, "aarch64") == 0 ? "arm64" : u.machine;
}

/* Node's own version is not asked for, which would mean to start it. */
static void
add_agent(struct make *m, const char *tool, const char *version)
{
	const struct direct_facts *f = m->facts;
	const char *node = expand_variable(f->environ_in, "NODE_VERSION", 12);
	char text[256];
	struct buf b = BUF_ON(text);
	buf_fmt(&b, "%s/%s ", tool, version != NULL ? version : "?");
	if (f->tool == DIRECT_PNPM || f->tool == DIRECT_YARN)
		buf_str(&b, "npm/? ");
	if (node != NULL && node[0] != '\0')
		buf_fmt(&b, "node/%s%s ", node[0] == 'v' ? "" : "v", node);
	else
		buf_str(&b, "node/? ");
	buf_fmt(&b, "linux %s", architecture());
	if (f->tool == DIRECT_NPM || f->tool == DIRECT_NPX)
		buf_fmt(&b, " workspaces/%s", f->workspace ? "true" : "false");
	add(m, "npm_config_user_agent", arena_text(m->arena, text, b.len));
}

/* npm_command was "run-script" until npm 11 made it "run". */
static const char *
verb_of(const struct direct_facts *f, const char *version)
{
	bool old = version != NULL && atoi(version) < 11;
	return old && strcmp(f->verb, "run") == 0 ? "run-script" : f->verb;
}

static void
add_launcher(struct make *m)
{
	const struct direct_facts *f = m->facts;
	const char *tool =
	    direct_tool_name(f->tool == DIRECT_NPX ? DIRECT_NPM : f->tool);
	const char *program = real_program(m, tool);
	const char *node = real_program(m, "node");
	const char *version = version_of(m, program, tool);
	add(m, "npm_execpath", program);
	add(m, "npm_node_execpath", node);
	add(m, "NODE", node);
	if (f->tool != DIRECT_YARN)
		add(m, "npm_command", verb_of(f, version));
	add_agent(m, tool, version);
}

struct plan_variables
direct_env_make(const struct direct_facts *facts, struct arena *arena)
{
	struct make m = { .facts = facts, .arena = arena };
	m.item = arena_take(arena, DIRECT_ENV_MAX * sizeof(*m.item));
	if (facts->event[0] != '\0') {
		add(&m, "npm_lifecycle_event", facts->event);
		add(&m, "npm_lifecycle_script", facts->script);
	}
	add(&m, "INIT_CWD", facts->init_cwd);
	add(&m, "PWD", facts->cwd);
	add_launcher(&m);
	add_package(&m);
	return (struct plan_variables){ m.item, m.count };
}
