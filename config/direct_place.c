#include "config/direct_place.h"

#include <string.h>

static int
refuse(enum direct_why *ret, enum direct_why why)
{
	*ret = why;
	return -1;
}

static bool
is_empty(const struct json *task, const char *name)
{
	const struct json *list = json_member(task, name);
	return list == NULL || list->count == 0;
}

/* 1: found in this file and alone; 0: not in it; -1: refused. */
static int
look_up_task(const struct direct_call *call, const struct direct_package *p,
    const struct json *tasks, struct arena *arena, enum direct_why *why)
{
	const char *name = direct_package_text(p, NULL, "name");
	const struct json *task = NULL;
	if (name != NULL) {
		const char *key = direct_package_concat(
		    direct_package_concat(name, "#", arena), call->script,
		    arena);
		task = json_member(tasks, key);
	}
	if (task == NULL)
		task = json_member(tasks, call->script);
	if (task == NULL || task->type != JSON_OBJECT)
		return 0;
	if (!call->alone && !is_empty(task, "dependsOn"))
		return refuse(why, DIRECT_DEPENDS);
	return is_empty(task, "with") ? 1 : refuse(why, DIRECT_DEPENDS);
}

static int
look_in_file(const struct direct_call *call, const struct direct_package *p,
    const char *folder, struct arena *arena, enum direct_why *why)
{
	static const char *const names[] = { "turbo.json", "turbo.jsonc" };
	struct json_error error;
	struct json *top;
	const struct json *tasks;
	const char *data = NULL;
	size_t len = 0;
	for (int i = 0; i < 2 && data == NULL; i++)
		data = direct_package_read(
		    direct_package_join(folder, names[i], arena), arena, &len);
	if (data == NULL)
		return 0;
	if (json_read(data, len, arena, &top, &error) == -1 ||
	    top->type != JSON_OBJECT)
		return refuse(why, DIRECT_JSON);
	tasks = json_member(top, "tasks");
	if (tasks == NULL)
		tasks = json_member(top, "pipeline");
	if (tasks == NULL || tasks->type != JSON_OBJECT)
		return 0;
	return look_up_task(call, p, tasks, arena, why);
}

/* The package's own turbo.json is laid over the root's: both must agree. */
static int
check_task(const struct direct_call *call, const struct direct_package *root,
    const struct direct_package *p, struct arena *arena, enum direct_why *why)
{
	struct arena before = *arena;
	int own = 0;
	if (strcmp(root->folder, p->folder) != 0)
		own = look_in_file(call, p, p->folder, arena, why);
	int r =
	    own == -1 ? -1 : look_in_file(call, p, root->folder, arena, why);
	*arena = before;
	if (r == -1)
		return -1;
	return r + own > 0 ? 0 : refuse(why, DIRECT_TASK);
}

/* "packageManager": "pnpm@9.1.0" says who runs turbo's scripts. */
static enum direct_tool
runner_of(const struct direct_package *root)
{
	const char *name = direct_package_text(root, NULL, "packageManager");
	if (name != NULL && strncmp(name, "pnpm@", 5) == 0)
		return DIRECT_PNPM;
	if (name != NULL && strncmp(name, "yarn@", 5) == 0)
		return DIRECT_YARN;
	return DIRECT_NPM;
}

/* Inside a workspace turbo means that one, at the root all that have it. */
static int
find_turbo(const struct direct_call *call, const char *cwd, struct arena *arena,
    struct direct_package *ret, enum direct_tool *ret_tool,
    enum direct_why *why)
{
	struct direct_package root, near;
	struct direct_wanted wanted = { call->workspace, call->script, false };
	if (direct_package_root(cwd, arena, &root, why) == -1 ||
	    direct_package_find(cwd, arena, &near, why) == -1)
		return -1;
	if (call->workspace[0] == '\0' && strcmp(near.folder, root.folder) != 0)
		*ret = near;
	else if (direct_package_workspace(&root, &wanted, arena, ret, why) ==
		 -1)
		return -1;
	*ret_tool = runner_of(&root);
	return check_task(call, &root, ret, arena, why);
}

int
direct_place_find(const struct direct_call *call, const char *cwd,
    struct arena *arena, struct direct_package *ret, enum direct_tool *ret_tool,
    enum direct_why *ret_why)
{
	struct direct_wanted wanted = { call->workspace, call->script,
		call->tool == DIRECT_NPM };
	struct direct_package root;
	const char *from = cwd;
	if (call->tool == DIRECT_TURBO)
		return find_turbo(call, cwd, arena, ret, ret_tool, ret_why);
	*ret_tool = call->tool;
	bool given = call->prefix[0] != '\0';
	if (given)
		from = call->prefix[0] == '/'
			   ? call->prefix
			   : direct_package_join(cwd, call->prefix, arena);
	if (call->workspace[0] == '\0')
		return given ? direct_package_at(from, arena, ret, ret_why)
			     : direct_package_find(from, arena, ret, ret_why);
	return direct_package_root(from, arena, &root, ret_why) == -1
		   ? -1
		   : direct_package_workspace(
			 &root, &wanted, arena, ret, ret_why);
}
