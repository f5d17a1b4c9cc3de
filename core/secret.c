#include "core/secret.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

int
secret_setup(void)
{
	return sodium_init() == -1 ? -ENOSYS : 0;
}

int
secret_new(struct secret *ret, size_t size)
{
	char *data = sodium_malloc(size);
	if (data == NULL)
		return -ENOMEM;
	*ret = (struct secret){ data, size };
	return 0;
}

void
secret_free(struct secret *s)
{
	if (s->data == NULL)
		return;
	sodium_free(s->data);
	*s = (struct secret){ 0 };
}

void
secret_open(const struct secret *s)
{
	int r = sodium_mprotect_readwrite(s->data);
	assert(r == 0);
	(void)r;
}

void
secret_show(const struct secret *s)
{
	int r = sodium_mprotect_readonly(s->data);
	assert(r == 0);
	(void)r;
}

void
secret_shut(const struct secret *s)
{
	int r = sodium_mprotect_noaccess(s->data);
	assert(r == 0);
	(void)r;
}

void
secret_wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}
