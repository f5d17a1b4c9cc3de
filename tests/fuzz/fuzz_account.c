/*
 * Any /etc/passwd, /etc/group and names: who is found has its names and groups
 * within their bounds, and who is not has a reason.  The input is the user, the
 * group and passwd, a line each way cut at a byte 255; what follows is group.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int file_of(const char *path);
#pragma weak identity_limit_resource /* of a function that is not called */
#define open(path, flags) file_of(path)
#include "supervisor/account.c"
#undef open

#define PARTS 4

static struct {
	const unsigned char *data;
	size_t size;
} part[PARTS];

static int
file_of(const char *path)
{
	int which = strcmp(path, PASSWD) == 0 ? 2 : 3;
	int fd = memfd_create("lines", MFD_CLOEXEC);

	assert(fd != -1);
	assert(write(fd, part[which].data, part[which].size) ==
	       (ssize_t)part[which].size);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
cut(const unsigned char *data, size_t size)
{
	for (size_t i = 0; i < PARTS; i++) {
		const unsigned char *end =
		    i + 1 < PARTS ? memchr(data, 255, size) : NULL;
		size_t len = end == NULL ? size : (size_t)(end - data);
		part[i].data = data;
		part[i].size = len;
		size_t used = len + (end != NULL);
		data += used;
		size -= used;
	}
}

static void
name_of(size_t which, char name[64])
{
	size_t len = part[which].size < 63 ? part[which].size : 63;
	memcpy(name, part[which].data, len);
	name[len] = '\0';
}

static void
check(const struct account *a, const struct plan_identity *identity)
{
	size_t n = 0;

	assert(a->groups_count <= ACCOUNT_GROUPS_MAX);
	while (a->env[n] != NULL)
		assert(strchr(a->env[n++], '=') != NULL);
	assert(n <= ACCOUNT_ENV_MAX);
	if (identity->group[0] != '\0') {
		assert(a->groups_count == 1 && a->groups[0] == a->gid);
	} else if (identity->user[0] != '\0') {
		assert(a->groups_count >= 1 && a->groups[0] == a->gid);
		assert(n >= 2);
	}
	for (size_t i = 0; i < a->groups_count; i++)
		for (size_t j = 0; j < i; j++)
			assert(a->groups[i] != a->groups[j]);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct account account;
	static const struct plan_variables *const nobody[] = { NULL };
	char user[64], group[64], why[256] = "";

	cut(data, size);
	name_of(0, user);
	name_of(1, group);
	const struct plan_identity identity = { .user = user, .group = group };
	if (account_resolve(&account, &identity, nobody, why) == 0) {
		check(&account, &identity);
	} else {
		assert(strlen(why) < sizeof(why));
		assert(strncmp(why, "user ", 5) == 0 ||
		       strncmp(why, "group ", 6) == 0);
	}
	return 0;
}
