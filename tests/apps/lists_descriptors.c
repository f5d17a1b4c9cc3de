#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/* Prints the descriptors that it was given beyond the usual three. */
int
main(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (dir == NULL)
		return 1;
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);
		if (fd > 2 && fd != dirfd(dir))
			printf("descriptor %d\n", fd);
	}
	printf("end of descriptors\n");
	return 0;
}
