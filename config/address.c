#include "config/address.h"

#include "config/listen.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

const char *
address_listen_refused(const char *text)
{
	struct listen_at at;
	const char *why;
	return listen_parse(text, &at, &why) == 0 ? NULL : why;
}

const char *
address_socket_refused(const char *text)
{
	struct listen_at at;
	const char *why;
	return listen_parse_socket(text, &at, &why) == 0 ? NULL : why;
}

const char *
address_control_refused(const char *text)
{
	struct sockaddr_un at;
	if (strcmp(text, "off") == 0)
		return NULL;
	if (text[0] != '/' && text[0] != '@')
		return "begins with neither / nor @";
	if (text[1] == '\0')
		return "has no name";
	return strlen(text) < sizeof(at.sun_path) ? NULL
						  : "is longer than 107 bytes";
}

const char *
address_tcp_refused(const char *text)
{
	struct listen_at at;
	const char *why;
	if (listen_parse(text, &at, &why) == -1)
		return why;
	if (at.any || at.port == 0 || !listen_is_loopback(&at))
		return "is not a port of loopback, such as 127.0.0.1:5432";
	return NULL;
}

const char *
address_url_refused(const char *text)
{
	static const char prefix[] = "http://";
	char host[LISTEN_HOST_MAX + 16];
	struct listen_at at;
	const char *why;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return "does not begin with http:// (probes stay in the "
		       "container)";
	const char *start = text + sizeof(prefix) - 1;
	size_t len = strcspn(start, "/?#");
	for (const char *p = start; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '#')
			return "has a character that a URL cannot have there";
	if (len == 0 || len + sizeof(":80") > sizeof(host))
		return "has no host";
	memcpy(host, start, len);
	memcpy(host + len, ":80", sizeof(":80"));
	if (strchr("0123456789", host[len - 1]) != NULL &&
	    memchr(host, ':', len) != NULL)
		host[len] = '\0';
	if (listen_parse(host, &at, &why) == -1)
		return why;
	if (at.any || !listen_is_loopback(&at))
		return "does not name a loopback address such as 127.0.0.1";
	return NULL;
}

const char *
address_web_refused(const char *text)
{
	if (strncmp(text, "http://", 7) == 0)
		return address_url_refused(text) == NULL
			   ? NULL
			   : "is plain http to something else than loopback";
	if (strncmp(text, "https://", 8) != 0)
		return "does not begin with https://";
	const char *host = text + 8;
	size_t len = strcspn(host, "/?#");
	if (len == 0)
		return "has no host";
	if (memchr(host, '@', len) != NULL)
		return "has a user or password in it";
	return strchr(text, ' ') == NULL ? NULL : "has a blank in it";
}
