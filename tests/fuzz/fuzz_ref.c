/*
 * Any text as a secret reference: what is accepted has no way out of its path,
 * fits its fields, and can be shown without its default.
 */
#include "core/utf8.c"
#include "config/ref_options.c"
#include "config/ref.c"

#include <stdlib.h>

#include <assert.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_clean(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		assert((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void
check_path(const char *path)
{
	char slashed[1100];
	(void)snprintf(slashed, sizeof(slashed), "%s/", path);
	assert(path[0] == '/');
	assert(strstr(slashed, "/../") == NULL);
	assert(strstr(slashed, "/./") == NULL);
	assert(strstr(path, "//") == NULL);
}

static void
check(const struct ref *ref)
{
	assert(ref->scheme < REF_SCHEMES);
	check_path(ref->path);
	check_clean(ref->path);
	check_clean(ref->field);
	check_clean(ref->fallback);
	if (ref->scheme != REF_SCW)
		return;
	check_clean(ref->name);
	assert(ref->name[0] != '\0' && strchr(ref->name, '/') == NULL);
	assert(ref->revision[0] != '\0');
	assert(ref->region[strspn(ref->region,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789-")] == '\0');
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = malloc(size + 1);
	char shown[256];
	char why[200] = "";
	struct ref ref;
	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (ref_parse(text, &ref, why, sizeof(why)) == 0) {
		assert(ref_is_reference(text, false));
		check(&ref);
	} else {
		assert(why[0] != '\0');
	}
	(void)ref_is_composite(text);
	ref_show(text, shown, sizeof(shown));
	free(text);
	return 0;
}
