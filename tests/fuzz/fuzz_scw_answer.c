/*
 * What the secret manager answers, and the payload inside: neither may be read
 * past its end, and the field that is cut out must be the one that cJSON sees.
 */
#include "secrets/scw_answer.c"
#include "secrets/field.c"
#include "remote/heap.c"
#include "core/secret.c"

#include <assert.h>

static const char *const names[] = { "a", "password", "", "/a/b", "/0", "/a~1",
	"port" };

/* The last member of that name: cJSON's own list, walked to its end. */
static const cJSON *
last_member(const cJSON *object, const char *name)
{
	const cJSON *item;
	const cJSON *found = NULL;

	cJSON_ArrayForEach(item, object) if (cJSON_IsObject(object) &&
					     strcmp(item->string, name) == 0)
	    found = item;
	return found;
}

static void
compare(const char *text, size_t len, const char *name)
{
	struct field field = { 0 };
	enum field_result r = field_cut(text, len, name, &field);
	cJSON *tree = NULL;
	const cJSON *item = NULL;

	if (name[0] != '\0' && name[0] != '/' && r != FIELD_NOT_JSON) {
		tree = cJSON_ParseWithLength(text, len);
		assert(tree != NULL);
		item = last_member(tree, name);
		assert(r == FIELD_NUL || r == FIELD_NO_MEMORY ||
		       (item == NULL) == (r == FIELD_MISSING));
		assert((r == FIELD_NULL) == cJSON_IsNull(item));
		if (r == FIELD_FOUND && cJSON_IsString(item))
			assert(strcmp(item->valuestring, field.data) == 0);
		if (r == FIELD_FOUND && cJSON_IsNumber(item))
			assert(strtod(field.data, NULL) == item->valuedouble);
	}
	cJSON_Delete(tree);
	assert(r != FIELD_FOUND || field.data[field.len] == '\0');
	field_free(&field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct scw_answer answer = { 0 };
	struct scw_refusal refusal;

	cJSON_InitHooks(&(cJSON_Hooks){ heap_alloc, heap_free });
	if (scw_answer_read(text, size, &answer) == NULL)
		assert(answer.data[answer.len] == '\0');
	scw_answer_free(&answer);
	scw_answer_refusal(text, size, &refusal);
	assert(refusal.reset_ms >= -1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		compare(text, size, names[i]);
	return 0;
}
