#include "supervisor/account.h"

#include "config/identity.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define FIELDS 7
#define LINE_BYTES 16384 /* a group of a thousand members */

/* A file of lines, read one by one; one that is longer is an error. */
struct lines {
	int fd;
	size_t len; /* of what is in memory */
	size_t at;  /* where the next line begins */
	bool over;
};

static char memory[LINE_BYTES];

/* Make room and read on; false at the end, or when a line does not fit. */
static bool
read_on(struct lines *l)
{
	memmove(memory, memory + l->at, l->len - l->at);
	l->len -= l->at;
	l->at = 0;
	if (l->len == LINE_BYTES - 1) {
		l->over = true;
		return false;
	}
	ssize_t n = read(l->fd, memory + l->len, LINE_BYTES - 1 - l->len);
	if (n <= 0)
		return false;
	l->len += (size_t)n;
	return true;
}

/* The next line without its end, or NULL. */
static char *
next_line(struct lines *l)
{
	for (;;) {
		char *line = memory + l->at;
		char *end = memchr(line, '\n', l->len - l->at);
		if (end != NULL) {
			*end = '\0';
			l->at = (size_t)(end - memory) + 1;
			return line;
		}
		if (read_on(l))
			continue;
		if (l->over || l->at == l->len)
			return NULL;
		line = memory + l->at;
		memory[l->len] = '\0';
		l->at = l->len;
		return line;
	}
}

/* Cut at the colons: how many fields there are. */
static size_t
split(char *line, char *field[FIELDS])
{
	size_t n = 0;
	while (n < FIELDS) {
		field[n++] = line;
		char *colon = strchr(line, ':');
		if (colon == NULL)
			break;
		*colon = '\0';
		line = colon + 1;
	}
	return n;
}

static bool
number(const char *text, unsigned *ret)
{
	uint64_t n = 0;
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n >= UINT32_MAX)
			return false;
	}
	*ret = (unsigned)n;
	return true;
}

static int
open_lines(struct lines *l, const char *path)
{
	*l = (struct lines){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	return l->fd == -1 ? -errno : 0;
}

/*
 * The first line whose name is `wanted`, or whose number is, when wanted is
 * one: 1 with at least so many fields, 0 when there is none, -1 when a line is
 * too long.
 */
static int
find(const char *path, const char *wanted, size_t fields, char *field[FIELDS])
{
	struct lines l;
	unsigned id = 0, its = 0;
	bool numeric = number(wanted, &id);

	if (open_lines(&l, path) < 0)
		return 0;
	autoclose int fd = l.fd;
	(void)fd;
	for (char *line; (line = next_line(&l)) != NULL;) {
		if (split(line, field) < fields || !number(field[2], &its))
			continue;
		if (strcmp(field[0], wanted) == 0 || (numeric && its == id))
			return 1;
	}
	return l.over ? -1 : 0;
}

static bool
lists(const char *members, const char *name)
{
	size_t len = strlen(name);
	while (*members != '\0') {
		size_t one = strcspn(members, ",");
		if (one == len && strncmp(members, name, len) == 0)
			return true;
		members += one;
		members += *members == ',';
	}
	return false;
}

static int
refuse(char why[256], const char *kind, const char *name, const char *reason)
{
	(void)snprintf(why, 256, "%s %s: %s", kind, name, reason);
	return -1;
}

static int
add_group(struct account *a, gid_t gid)
{
	for (size_t i = 0; i < a->groups_count; i++)
		if (a->groups[i] == gid)
			return 0;
	if (a->groups_count == ACCOUNT_GROUPS_MAX)
		return -1;
	a->groups[a->groups_count++] = gid;
	return 0;
}

static int
collect_groups(struct account *a, const char *name, char why[256])
{
	struct lines l;
	char *field[FIELDS];
	unsigned gid;

	(void)add_group(a, a->gid);
	if (open_lines(&l, GROUP) < 0)
		return 0;
	autoclose int fd = l.fd;
	(void)fd;
	for (char *line; (line = next_line(&l)) != NULL;) {
		if (split(line, field) < 4 || !number(field[2], &gid) ||
		    !lists(field[3], name))
			continue;
		if (add_group(a, gid) == -1)
			return refuse(why, "user", name,
			    "it is in more than 64 groups (give `group` too, "
			    "then it has that one alone)");
	}
	return l.over ? refuse(why, "user", name,
			    GROUP " has a line of more than 16 KiB")
		      : 0;
}

static int
resolve_group(struct account *a, const char *name, char why[256])
{
	char *field[FIELDS];
	unsigned gid = 0;

	if (!number(name, &gid)) {
		int found = find(GROUP, name, 3, field);
		if (found == -1)
			return refuse(why, "group", name,
			    GROUP " has a line of more than 16 KiB");
		if (found == 0)
			return refuse(why, "group", name,
			    "it is not in " GROUP
			    " (add it to the image, or give "
			    "a number)");
		(void)number(field[2], &gid);
	}
	a->gid = gid;
	a->groups[0] = gid;
	a->groups_count = 1;
	return 0;
}

static bool
is_named(const struct plan_variables *const named[], const char *name)
{
	for (; *named != NULL; named++)
		for (size_t i = 0; i < (*named)->count; i++)
			if (strcmp((*named)->item[i].name, name) == 0)
				return true;
	return false;
}

static void
set_env(struct account *a, const struct plan_variables *const named[],
    const char *name, const char *value)
{
	size_t n = 0;
	while (a->env[n] != NULL)
		n++;
	int len =
	    snprintf(a->text[n], sizeof(a->text[n]), "%s=%s", name, value);
	if (len < 0 || (size_t)len >= sizeof(a->text[n]))
		return;
	if (!is_named(named, name))
		a->env[n] = a->text[n];
}

static int
resolve_user(struct account *a, const struct plan_identity *identity,
    const struct plan_variables *const named[], char why[256])
{
	char *field[FIELDS];
	unsigned uid = 0, gid = 0;
	char name[64];

	int found = find(PASSWD, identity->user, 6, field);
	if (found == 1 && number(field[3], &gid)) {
		(void)number(field[2], &uid);
		(void)snprintf(name, sizeof(name), "%s", field[0]);
		set_env(a, named, "HOME", field[5]);
	} else if (found != -1 && number(identity->user, &uid)) {
		gid = uid;
		(void)snprintf(name, sizeof(name), "%u", uid);
		set_env(a, named, "HOME", "/");
	} else {
		return refuse(why, "user", identity->user,
		    found == -1 ? PASSWD " has a line of more than 16 KiB"
				: "it is not in " PASSWD
				  " (add it to the image, "
				  "or give a number)");
	}
	set_env(a, named, "USER", name);
	set_env(a, named, "LOGNAME", name);
	a->uid = uid;
	a->gid = gid;
	return identity->group[0] != '\0' ? 0 : collect_groups(a, name, why);
}

/* What we are already needs no right, and we may have none. */
static int
settle(struct account *a, const struct plan_identity *identity, char why[256])
{
	bool same = a->uid == geteuid() && a->gid == getegid();
	bool named = identity->user[0] != '\0';

	a->becomes = true;
	if (geteuid() == 0)
		return 0;
	a->becomes = false;
	if (same)
		return 0;
	return refuse(why, named ? "user" : "group",
	    named ? identity->user : identity->group,
	    "only root may become another (start cradle as root, or leave "
	    "`user` and `group` out)");
}

int
account_resolve(struct account *a, const struct plan_identity *identity,
    const struct plan_variables *const named[], char why[256])
{
	*a = (struct account){
		.uid = geteuid(),
		.gid = getegid(),
		.umask = identity->umask,
		.limit = identity->limit,
	};
	if (identity->user[0] == '\0' && identity->group[0] == '\0')
		return 0;
	if (identity->user[0] != '\0' &&
	    resolve_user(a, identity, named, why) == -1)
		return -1;
	if (identity->group[0] != '\0' &&
	    resolve_group(a, identity->group, why) == -1)
		return -1;
	return settle(a, identity, why);
}

/* ---- in the child ---- */

int
account_limit(const struct account *a)
{
	for (size_t i = 0; i < PLAN_LIMITS; i++) {
		if (!a->limit[i].set)
			continue;
		const struct rlimit limit = { a->limit[i].soft,
			a->limit[i].hard };
		int resource = identity_limit_resource((enum plan_limit_kind)i);
		if (setrlimit(resource, &limit) == -1)
			return -1;
	}
	if (a->umask != -1)
		(void)umask((mode_t)a->umask);
	return 0;
}

/*
 * The bare system calls: libc's own would tell all threads, of a memory that is
 * our parent's.
 */
int
account_group(const struct account *a)
{
	if (!a->becomes)
		return 0;
	if (syscall(SYS_setgroups, a->groups_count, a->groups) == -1)
		return -1;
	return syscall(SYS_setresgid, a->gid, a->gid, a->gid) == -1 ? -1 : 0;
}

int
account_user(const struct account *a)
{
	if (!a->becomes)
		return 0;
	return syscall(SYS_setresuid, a->uid, a->uid, a->uid) == -1 ? -1 : 0;
}
