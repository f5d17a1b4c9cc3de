#include "supervisor/cgroup.h"

#include "core/fd.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/pid1.h"

static int64_t
read_counter(const char *path, const char *key)
{
	char text[1024];
	if (fd_read_text(path, text, sizeof(text)) <= 0)
		return -1;
	size_t len = strlen(key);
	for (const char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return atoll(line + len + 1);
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return -1;
}

int64_t
cgroup_oom_kills(void)
{
	int64_t kills =
	    read_counter("/sys/fs/cgroup/memory.events", "oom_kill");
	if (kills == -1)
		kills = read_counter(
		    "/sys/fs/cgroup/memory/memory.oom_control", "oom_kill");
	return kills;
}
