#include "remote/roots.h"

#include "core/guard.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ca_roots.S */
extern const char remote_ca_roots[];
extern const char remote_ca_roots_end[];

/* Debian and Alpine, Fedora, Alpine's alias and OpenBSD, newer Fedora. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/cert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
};

static int
use_file(const char *file, struct roots *ret)
{
	if (access(file, R_OK) == -1)
		return -errno;
	char *copy = strdup(file);
	if (copy == NULL)
		return -ENOMEM;
	*ret = (struct roots){ .file = copy };
	return 0;
}

int
roots_find(const char *ca_file, struct roots *ret)
{
	const char *named = ca_file;
	if (named == NULL || named[0] == '\0')
		named = getenv("SSL_CERT_FILE");
	if (named != NULL && named[0] != '\0')
		return use_file(named, ret);

	for (size_t i = 0; i < ARRAY_LEN(bundles); i++)
		if (use_file(bundles[i], ret) == 0)
			return 0;

	*ret = (struct roots){
		.pem = remote_ca_roots,
		.pem_len =
		    (uintptr_t)remote_ca_roots_end - (uintptr_t)remote_ca_roots,
	};
	return ret->pem_len == 0 ? -ENOENT : 0;
}

void
roots_free(struct roots *roots)
{
	free(roots->file);
	*roots = (struct roots){ 0 };
}
