#include "remote/version.h"

#include "core/exits.h"
#include "core/features.h"
#include "core/log.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static void
print_libraries(void)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	(void)printf("libcurl: %s\n", curl->version);
	(void)printf(
	    "tls: %s\n", curl->ssl_version ? curl->ssl_version : "none");
	(void)printf("libsodium: %s\n", sodium_version_string());
}

static void
print_features(void)
{
	struct feature found[FEATURES_MAX];
	size_t count = features_probe(found);

	(void)printf("kernel:");
	for (size_t i = 0; i < count; i++) {
		(void)printf(
		    " %s%s", found[i].value ? "+" : "-", found[i].name);
		if (found[i].value > 1)
			(void)printf("=%d", found[i].value);
	}
	(void)printf("\n");
}

int
version_cli_main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		(void)puts("usage: cradle version\n"
			   "Print version, build, libraries, and what this "
			   "kernel lets cradle use\n(+ yes, - no).");
		return EXITS_OK;
	}
	if (argc > 1) {
		log_error(0,
		    "version takes no word like %s (try cradle --help)",
		    argv[1]);
		return EXITS_USAGE;
	}
	(void)printf("cradle %s\n", CRADLE_VERSION);
	(void)printf("build: %s, %s\n", CRADLE_BUILD, CRADLE_LIBC);
	print_libraries();
	print_features();
	return fflush(stdout) == 0 ? EXITS_OK : EXITS_OSERR;
}
