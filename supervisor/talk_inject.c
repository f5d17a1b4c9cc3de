#include "supervisor/init.h"
#include "supervisor/environment_names.h"
#include "supervisor/talk.h"

#include "core/buf.h"
#include "core/clock.h"

#include <string.h>

#include "supervisor/pid1.h"

static bool
say(struct init *init, unsigned step, struct wire_msg *msg)
{
	if (step >= init->plan->assets_count)
		return false;
	const struct plan_assets *a = &init->plan->assets[step];
	*msg = (struct wire_msg){ .type = WIRE_INJECT_ROOT,
		.fd = -1,
		.field = {
		    [INJECT_ROOT_ROOT] = WIRE_STR(a->root),
		    [INJECT_ROOT_EXAMPLE] = WIRE_STR(a->example),
		    [INJECT_ROOT_OUTPUT] = WIRE_STR(a->output),
		    [INJECT_ROOT_STORE] = WIRE_STR(a->store),
		    [INJECT_ROOT_MODE] = WIRE_NUM(a->mode),
		    [INJECT_ROOT_NAMES] = WIRE_STR(a->names),
		    [INJECT_ROOT_QUOTING] = WIRE_NUM(a->quoting),
		    [INJECT_ROOT_UNSET] = WIRE_NUM(a->unset),
		    [INJECT_ROOT_STRICT] = WIRE_NUM(a->strict),
		    [INJECT_ROOT_MARKS] = WIRE_STR(a->marks),
		    [INJECT_ROOT_PATH] = WIRE_STR(a->path),
		    [INJECT_ROOT_GLOBAL] = WIRE_STR(a->global),
		    [INJECT_ROOT_HASH] = WIRE_NUM(a->hash),
		    [INJECT_ROOT_SIBLINGS] = WIRE_NUM(a->siblings),
		    [INJECT_ROOT_DIGESTS] = WIRE_NUM(a->digests),
		    [INJECT_ROOT_MAPS] = WIRE_NUM(a->maps),
		    [INJECT_ROOT_CSP] = WIRE_STR(a->csp),
		    [INJECT_ROOT_ALLOWED] = WIRE_STR(a->allowed),
		} };
	return true;
}

/* What is set and begins so; nothing when that is more than can be sent. */
static int
list_names(
    struct init *init, const char *prefix, size_t len, const char **ret_value)
{
	static char list[WIRE_LIST_MAX];
	struct buf b = BUF_ON(list);

	environment_names_list(&init->environment, prefix, len, &b);
	*ret_value = list;
	return b.cut ? 0 : 1;
}

/* A secret's value is given to nobody but to one that a root allows by name. */
static int
look_up(struct init *init, const char *name, const char **ret, size_t *ret_len)
{
	const struct environment *e = &init->environment;
	int kind = environment_lookup(e, name, ret);
	*ret_len = kind == 1 ? strlen(*ret) : 0;
	if (kind != 2 || !environment_names_allowed(e, name))
		return kind;
	const char *value = environment_names_secret(e, name, ret_len);
	if (value == NULL) {
		*ret_len = 0;
		return kind;
	}
	*ret = value;
	return 3;
}

/* The helper waits for each answer before it asks again, so there is room. */
static void
answer(struct init *init, const struct wire_msg *ask)
{
	const struct wire_field *name = &ask->field[INJECT_ASK_NAME];
	const char *value = "";
	size_t len = 0;
	int kind;

	if (name->len > 1 && name->ptr[name->len - 1] == '*') {
		kind = list_names(init, name->ptr, name->len - 1, &value);
		len = kind == 1 ? strlen(value) : 0;
	} else {
		kind = look_up(init, name->ptr, &value, &len);
	}
	const struct wire_msg msg = {
		.type = WIRE_INJECT_VAR,
		.serial = ask->serial,
		.fd = -1,
		.field = {
		    [INJECT_VAR_KIND] = WIRE_NUM(kind),
		    [INJECT_VAR_VALUE] = WIRE_BIN(value, len),
		},
	};
	if (kind == 3)
		environment_show(&init->environment);
	(void)helper_send(&init->helper[ROLE_INJECT], &msg);
	if (kind == 3)
		environment_hide(&init->environment);
}

static void
take(struct init *init, const struct wire_msg *msg)
{
	struct boot *b = &init->boot;
	switch ((int)msg->type) {
	case WIRE_INJECT_ASK:
		answer(init, msg);
		break;
	case WIRE_INJECT_DONE:
		b->injecting = false;
		init->helper[ROLE_INJECT].wanted = false;
		b->assets_us = clock_us() - init->born_us;
		b->scanned = msg->field[INJECT_DONE_SCANNED].num;
		b->rewritten = msg->field[INJECT_DONE_REWRITTEN].num;
		b->dependents = msg->field[INJECT_DONE_DEPENDENTS].num;
		b->placeholders = msg->field[INJECT_DONE_PLACEHOLDERS].num;
		b->read_bytes = msg->field[INJECT_DONE_READ].num;
		b->inject_us = msg->field[INJECT_DONE_US].num;
		break;
	case WIRE_FAILED:
		boot_fail(init, (int)msg->field[FAILED_CODE].num,
		    msg->field[FAILED_REASON].ptr);
		break;
	default:
		break;
	}
}

const struct talk talk_inject = { "inject", say, NULL, take };
