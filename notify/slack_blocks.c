#include "notify/slack_blocks.h"

#include "core/guard_heap.h"
#include "notify/mrkdwn.h"
#include "notify/slack_facts.h"

#include <errno.h>
#include <string.h>

#include <cjson/cJSON.h>

/*
 * Slack takes about 13,200 characters in all blocks together; we stay under
 * 10,000: 150 + 10 * 300 + 800 + 2900 + 1100 + 600 and the labels.
 */
#define HEADER_MAX 150
#define WHY_MAX 750
#define ERR_MAX 2800
#define OUT_MAX 1000
#define CONTEXT_MAX 600
#define TEXT_MAX 1000
#define PLAIN_CODE_MAX 2200 /* with the two above: less than 4000 */

/* Escaping takes at most 5 bytes for one, UTF-8 at most 3 for a unit. */
#define ESCAPED_SIZE(units) ((units)*3 + 16)

static const char *const colours[] = {
	[EVENT_CRASH] = "#d92d20",
	[EVENT_CRASH_LOOP] = "#b42318",
	[EVENT_GAVE_UP] = "#7a271a",
	[EVENT_RECOVERED] = "#12b76a",
	[EVENT_BOOT_FAILED] = "#7a271a",
	[EVENT_OOM] = "#d92d20",
	[EVENT_UNRESPONSIVE] = "#d92d20",
	[EVENT_MEMORY] = "#d92d20",
	[EVENT_RELOAD] = "#12b76a",
	[EVENT_RELOAD_FAILED] = "#d92d20",
};
_Static_assert(ARRAY_LEN(colours) == EVENT_COUNT, "a colour per event");
#define COLOUR_DIGEST "#f79009"

static void
drop_json(cJSON **json)
{
	cJSON_Delete(*json);
}

#define autojson __attribute__((cleanup(drop_json)))

/* Move *item into the parent; on failure it is freed. */
static bool
put(cJSON *parent, const char *name, cJSON *item)
{
	bool ok = item != NULL &&
		  (name != NULL ? cJSON_AddItemToObject(parent, name, item)
				: cJSON_AddItemToArray(parent, item));
	if (!ok)
		cJSON_Delete(item);
	return ok;
}

/*
 * A text object.  verbatim: Slack must not make links of what looks like one
 * in somebody's log, nor fetch them.
 */
static cJSON *
text_object(const char *type, const char *text)
{
	autojson cJSON *o = cJSON_CreateObject();

	if (o == NULL || !cJSON_AddStringToObject(o, "type", type) ||
	    !cJSON_AddStringToObject(o, "text", text))
		return NULL;
	if (strcmp(type, "mrkdwn") == 0 &&
	    !cJSON_AddTrueToObject(o, "verbatim"))
		return NULL;
	return TAKE_PTR(o);
}

static bool
add_block(cJSON *blocks, const char *type, const char *key, cJSON *content)
{
	autojson cJSON *held = content;
	autojson cJSON *block = cJSON_CreateObject();

	if (held == NULL || block == NULL ||
	    !cJSON_AddStringToObject(block, "type", type) ||
	    !put(block, key, TAKE_PTR(held)))
		return false;
	return put(blocks, NULL, TAKE_PTR(block));
}

/* ---- the blocks ---- */

/* A message being written; one memory serves all of its texts in turn. */
struct draft {
	struct slack_facts facts;
	struct buf text;
	char memory[ESCAPED_SIZE(TEXT_MAX + WHY_MAX + PLAIN_CODE_MAX)];
};

static struct buf *
fresh(struct draft *d)
{
	buf_init(&d->text, d->memory, sizeof(d->memory));
	return &d->text;
}

static bool
add_fields(cJSON *blocks, struct draft *d)
{
	autojson cJSON *array = cJSON_CreateArray();

	for (unsigned i = 0; array != NULL && i < SLACK_FIELDS; i++)
		if (slack_facts_field(fresh(d), &d->facts, i) &&
		    !put(array, NULL, text_object("mrkdwn", d->memory)))
			return false;
	if (array == NULL)
		return false;
	if (cJSON_GetArraySize(array) == 0)
		return true;
	return add_block(blocks, "section", "fields", TAKE_PTR(array));
}

static bool
add_header(cJSON *blocks, struct draft *d)
{
	slack_facts_headline(fresh(d), &d->facts, HEADER_MAX);
	return add_block(
	    blocks, "header", "text", text_object("plain_text", d->memory));
}

static bool
add_text(cJSON *blocks, const char *text)
{
	return add_block(
	    blocks, "section", "text", text_object("mrkdwn", text));
}

static bool
add_why(cJSON *blocks, struct draft *d)
{
	struct buf *b = fresh(d);

	buf_str(b, report_is_death(d->facts.letter->newest) ? "*Cause*\n" : "");
	size_t label = b->len;
	slack_facts_why(b, &d->facts, WHY_MAX);
	return b->len == label || add_text(blocks, d->memory);
}

struct tail {
	const char *label;
	const char *text;
	size_t len;
	size_t max;
};

static bool
add_tail(cJSON *blocks, struct draft *d, const struct tail *tail)
{
	autofree char *code = NULL;

	if (mrkdwn_code(tail->text, tail->len, tail->max, &code) < 0)
		return false;
	if (code[0] == '\0')
		return true;
	buf_fmt(fresh(d), "*%s*\n%s", tail->label, code);
	return add_text(blocks, d->memory);
}

/* stdout comes in short when there is stderr, and alone when there is not. */
static bool
add_tails(cJSON *blocks, struct draft *d)
{
	const struct report *r = letter_witness(d->facts.letter);
	const struct tail err = { "Last lines of stderr", r->err, r->err_len,
		ERR_MAX };
	const struct tail out = { "Last lines of stdout", r->out, r->out_len,
		r->err_len > 0 ? OUT_MAX : ERR_MAX };

	return add_tail(blocks, d, &err) && add_tail(blocks, d, &out);
}

static bool
add_context(cJSON *blocks, struct draft *d)
{
	autojson cJSON *array = cJSON_CreateArray();

	slack_facts_context(fresh(d), &d->facts, CONTEXT_MAX);
	if (array == NULL ||
	    !put(array, NULL, text_object("mrkdwn", d->memory)))
		return false;
	return add_block(blocks, "context", "elements", TAKE_PTR(array));
}

static bool
add_attachment(cJSON *root, struct draft *d)
{
	const struct letter *l = d->facts.letter;
	cJSON *list = cJSON_AddArrayToObject(root, "attachments");
	autojson cJSON *one = cJSON_CreateObject();

	if (list == NULL || one == NULL ||
	    !cJSON_AddStringToObject(one, "color",
		l->digest ? COLOUR_DIGEST : colours[l->newest->kind]))
		return false;
	cJSON *blocks = cJSON_AddArrayToObject(one, "blocks");
	if (blocks == NULL || !add_header(blocks, d) ||
	    !add_fields(blocks, d) || !add_why(blocks, d) ||
	    !add_tails(blocks, d) || !add_context(blocks, d))
		return false;
	return put(list, NULL, TAKE_PTR(one));
}

static bool
add_plain(cJSON *root, struct draft *d)
{
	const struct report *r = letter_witness(d->facts.letter);
	bool err = r->err_len > 0;
	autofree char *code = NULL;
	struct buf *b = fresh(d);

	if (mrkdwn_code(err ? r->err : r->out, err ? r->err_len : r->out_len,
		PLAIN_CODE_MAX, &code) < 0)
		return false;
	slack_facts_summary(b, &d->facts, TEXT_MAX);
	buf_str(b, "\n");
	slack_facts_why(b, &d->facts, WHY_MAX);
	buf_fmt(b, "\n%s", code);
	return cJSON_AddStringToObject(root, "text", d->memory) != NULL;
}

static bool
add_full(cJSON *root, struct draft *d)
{
	slack_facts_summary(fresh(d), &d->facts, TEXT_MAX);
	return cJSON_AddStringToObject(root, "text", d->memory) != NULL &&
	       cJSON_AddFalseToObject(root, "unfurl_links") != NULL &&
	       cJSON_AddFalseToObject(root, "unfurl_media") != NULL &&
	       add_attachment(root, d);
}

int
slack_blocks_compose(
    const struct letter *letter, const struct ident *ident, char **ret)
{
	autofree struct draft *d = malloc(sizeof(*d));
	autojson cJSON *root = cJSON_CreateObject();

	if (d == NULL)
		return -ENOMEM;
	(void)fresh(d);
	d->facts = (struct slack_facts){ letter, ident };
	if (root == NULL ||
	    !(letter->reduced ? add_plain(root, d) : add_full(root, d)))
		return -ENOMEM;
	char *text = cJSON_PrintUnformatted(root);
	if (text == NULL)
		return -ENOMEM;
	*ret = text;
	return 0;
}
