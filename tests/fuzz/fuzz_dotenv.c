#include "core/utf8.c"
#include "envsubst/blank.c"
#include "envsubst/dotenv.c"
#include "envsubst/dotenv_value.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a file holds: names are names, each once, indexes in order. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dotenv names = { 0 };
	int64_t last = -1;

	if (dotenv_parse((const char *)data, size, &names) < 0)
		return 0;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.item[i].name;
		int64_t index = index_of(name, strlen(name));
		assert(name[0] != '\0');
		for (const char *c = name; *c != '\0'; c++)
			assert(is_name_char(*c));
		for (size_t k = 0; k < i; k++)
			assert(strcmp(names.item[k].name, name) != 0);
		assert(index == -1 || index > last || i == 0);
		last = index == -1 ? INT64_MAX : index;
	}
	dotenv_free(&names);
	return 0;
}
