#include "core/control_at.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Containers may share one network namespace, and abstract names with it. */
static unsigned long
pid_namespace(void)
{
	struct stat st;
	return stat("/proc/self/ns/pid", &st) == 0 ? (unsigned long)st.st_ino
						   : 0;
}

void
control_at_name(unsigned which, uid_t uid, char ret[CONTROL_AT_SIZE])
{
	if (which == 0)
		(void)snprintf(ret, CONTROL_AT_SIZE, "/run/cradle.sock");
	else if (which == 1)
		(void)snprintf(ret, CONTROL_AT_SIZE, "/tmp/cradle-%lu.sock",
		    (unsigned long)uid);
	else
		(void)snprintf(ret, CONTROL_AT_SIZE, "@cradle-%lu-%lu",
		    (unsigned long)uid, pid_namespace());
}

int
control_at_address(const char *text, struct sockaddr_un *ret)
{
	size_t len = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || len < 2 ||
	    len >= CONTROL_AT_SIZE)
		return -EINVAL;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, text, len);
	if (text[0] == '@')
		ret->sun_path[0] = '\0';
	return (int)(offsetof(struct sockaddr_un, sun_path) + len +
		     (text[0] == '/' ? 1 : 0));
}
