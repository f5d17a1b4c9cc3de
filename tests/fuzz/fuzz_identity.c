/*
 * Any text as a limit, a size, a signal, a name or a umask: what is taken lies
 * within its bounds, and a limit that is shown is read as the same one.
 */
#include "core/signame.c"
#include "config/units.c"
#include "config/identity.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_limit(const char *text, enum identity_unit unit)
{
	struct plan_limit limit = { 0 };
	struct plan_limit again = { 0 };
	char shown[IDENTITY_TEXT_MAX];
	const char *why = NULL;
	if (identity_limit(text, unit, &limit, &why) == -1) {
		assert(!limit.set && why != NULL);
		return;
	}
	assert(limit.set && limit.soft <= limit.hard);
	identity_limit_text(&limit, shown);
	assert(identity_limit(shown, unit, &again, &why) == 0);
	assert(memcmp(&limit, &again, sizeof(limit)) == 0);
}

static void
check_size(const char *text)
{
	int64_t bytes = -1;
	bool bare;
	const char *why = NULL;
	if (units_size(text, &bytes, &bare, &why) == -1)
		assert(bytes == -1 && why != NULL);
	else
		assert(bytes >= 0 && bytes <= UNITS_SIZE_MAX);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	int mask = -1;
	char *text = malloc(size + 1);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_limit(text, IDENTITY_COUNT);
	check_limit(text, IDENTITY_BYTES);
	check_limit(text, IDENTITY_SECONDS);
	check_size(text);
	int number = units_signal(text);
	assert(number == -1 || (number >= 1 && number <= 64));
	if (identity_umask(text, &mask) == 0)
		assert(mask >= 0 && mask <= 0777);
	if (identity_name_refused(text) == NULL)
		assert(text[0] != '\0' && strlen(text) <= 33);
	free(text);
	return 0;
}
