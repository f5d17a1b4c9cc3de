#include "remote/version.h"

#include "core/exits.h"
#include "core/features.h"
#include "core/log.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdbool.h>
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

static bool
has(const struct feature found[], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(found[i].name, name) == 0)
			return found[i].value != 0;
	return false;
}

/* In the words of the line that a start ends with. */
static void
print_handover(const struct feature found[], size_t count)
{
	const char *way = "for Node only: no seccomp notifications here";

	if (has(found, count, "seccomp-notify"))
		way = has(found, count, "pidfd-getfd")
			  ? "by pidfd_getfd"
			  : "by sockets of our own";
	(void)printf("handover: %s\n", way);
}

static void
print_features(const struct feature found[], size_t count)
{
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
		(void)puts(
		    "usage: cradle version\n"
		    "Print version, build, libraries, what this kernel lets "
		    "cradle use\n(+ yes, - no), and how it would hold "
		    "sockets.");
		return EXITS_OK;
	}
	if (argc > 1) {
		log_error(0,
		    "version takes no word like %s (try cradle --help)",
		    argv[1]);
		return EXITS_USAGE;
	}
	struct feature found[FEATURES_MAX];
	size_t count = features_probe(found);
	(void)printf("cradle %s\n", CRADLE_VERSION);
	(void)printf("build: %s, %s\n", CRADLE_BUILD, CRADLE_LIBC);
	print_libraries();
	print_features(found, count);
	print_handover(found, count);
	return fflush(stdout) == 0 ? EXITS_OK : EXITS_OSERR;
}
