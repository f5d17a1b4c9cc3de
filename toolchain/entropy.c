/*
 * The only entropy source of the static build's mbedTLS; added to
 * libmbedcrypto.a, and chosen by MBEDTLS_ENTROPY_HARDWARE_ALT.
 */
#include <stddef.h>
#include <unistd.h>

/* The most that getentropy() gives in one call. */
#define ENTROPY_CHUNK 256

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len,
			  size_t *olen);

/*
 * Fill `output` from getrandom(2), which needs no file: a scratch image has
 * no /dev. getentropy() is getrandom() with the short reads and EINTR
 * handled. It can only fail where the kernel predates 3.17 or a sandbox
 * refuses the call; TLS then fails with "entropy source failed".
 */
int
mbedtls_hardware_poll(void *data, unsigned char *output, size_t len,
		      size_t *olen)
{
	size_t done = 0;

	(void)data;
	*olen = 0;
	while (done < len) {
		size_t n = len - done;

		if (n > ENTROPY_CHUNK)
			n = ENTROPY_CHUNK;
		if (getentropy(output + done, n) != 0)
			return -1;
		done += n;
	}
	*olen = done;
	return 0;
}
