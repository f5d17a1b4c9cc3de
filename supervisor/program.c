#include "supervisor/program.h"

#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define ARGS_MAX 4095 /* of a script that /bin/sh is to run */

/* What errno alone does not say. */
enum fault {
	FAULT_NONE,
	FAULT_EMPTY,       /* it has no name */
	FAULT_PATH,        /* not found along PATH */
	FAULT_INTERPRETER, /* the script's, named in the head */
	FAULT_LOADER,      /* a binary's */
	FAULT_FOLDER,
	FAULT_MODE, /* no right of execution at all */
	FAULT_MACHINE,
};

/* Read by the parent, whose memory this is. */
static volatile enum fault fault;
static char head[128];

static const char *
env_path(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* Length of dir + "/" + file in path, or 0 when it does not fit. */
static size_t
join(char path[PATH_MAX], const char *dir, size_t dir_len, const char *file)
{
	size_t file_len = strlen(file);
	if (dir_len + file_len + 2 > PATH_MAX)
		return 0;
	memcpy(path, dir, dir_len);
	if (dir_len > 0)
		path[dir_len++] = '/';
	memcpy(path + dir_len, file, file_len + 1);
	return dir_len + file_len;
}

/* The file's first bytes; 0 when it cannot be read. */
static size_t
read_head(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return 0;
	ssize_t n = read(fd, head, sizeof(head) - 1);
	if (n < 0)
		n = 0;
	head[n] = '\0';
	return (size_t)n;
}

static bool
is_binary(size_t len)
{
	return memchr(head, '\0', len) != NULL ||
	       strncmp(head, "\177ELF", 4) == 0;
}

static void
run_by_shell(const char *path, char *const argv[], char *const envp[])
{
	static char *words[ARGS_MAX + 3];
	size_t n = 0;

	words[n++] = (char[]){ "/bin/sh" };
	words[n++] = (char *)(uintptr_t)path;
	for (size_t i = 1; argv[i] != NULL; i++) {
		if (n == ARGS_MAX + 2) {
			errno = E2BIG;
			return;
		}
		words[n++] = argv[i];
	}
	words[n] = NULL;
	execve(words[0], words, envp);
}

static enum fault
find_fault(const char *path, int err)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return FAULT_NONE;
	if (S_ISDIR(st.st_mode))
		return FAULT_FOLDER;
	if (err == EACCES && (st.st_mode & 0111) == 0)
		return FAULT_MODE;
	if (err == ENOENT) {
		(void)read_head(path);
		return strncmp(head, "#!", 2) == 0 ? FAULT_INTERPRETER
						   : FAULT_LOADER;
	}
	return FAULT_NONE;
}

static int
exec_file(const char *path, char *const argv[], char *const envp[])
{
	execve(path, argv, envp);
	int err = errno;
	fault = FAULT_NONE;
	if (err != ENOEXEC) {
		fault = find_fault(path, err);
		return err;
	}
	size_t len = read_head(path);
	if (is_binary(len)) {
		fault = FAULT_MACHINE;
		return err;
	}
	run_by_shell(path, argv, envp);
	return errno == ENOENT ? ENOEXEC : errno;
}

static bool
is_missing(int err)
{
	return err == ENOENT || err == ENOTDIR;
}

static int
search(char *const argv[], char *const envp[])
{
	static char path[PATH_MAX];
	enum fault best = FAULT_PATH;
	int kept = ENOENT;

	for (const char *dir = env_path(envp); dir != NULL;) {
		const char *colon = strchr(dir, ':');
		size_t len = colon ? (size_t)(colon - dir) : strlen(dir);
		int err = ENOENT;
		fault = FAULT_NONE;
		if (join(path, dir, len, argv[0]) > 0)
			err = exec_file(path, argv, envp);
		if (!is_missing(err) || fault != FAULT_NONE) {
			kept = err;
			best = fault;
			if (err != EACCES)
				break;
		}
		dir = colon ? colon + 1 : NULL;
	}
	fault = best;
	return kept;
}

int
program_exec(char *const argv[], char *const envp[])
{
	if (argv[0][0] == '\0') {
		fault = FAULT_EMPTY;
		return ENOENT;
	}
	if (strchr(argv[0], '/') != NULL)
		return exec_file(argv[0], argv, envp);
	return search(argv, envp);
}

static bool
gives_rights(const struct stat *st, const char *path)
{
	const mode_t group = S_ISGID | S_IXGRP;
	return (st->st_mode & S_ISUID) != 0 || (st->st_mode & group) == group ||
	       getxattr(path, "security.capability", NULL, 0) > 0;
}

bool
program_gives_rights(char *const argv[], char *const envp[])
{
	static char path[PATH_MAX];
	const char *dir = env_path(envp);
	struct stat st;

	if (strchr(argv[0], '/') != NULL)
		return stat(argv[0], &st) == 0 && gives_rights(&st, argv[0]);
	while (dir != NULL) {
		const char *colon = strchr(dir, ':');
		size_t len = colon ? (size_t)(colon - dir) : strlen(dir);
		if (join(path, dir, len, argv[0]) > 0 &&
		    access(path, X_OK) == 0 && stat(path, &st) == 0 &&
		    S_ISREG(st.st_mode))
			return gives_rights(&st, path);
		dir = colon ? colon + 1 : NULL;
	}
	return false;
}

/* "#! /bin/bash -e\n" becomes "/bin/bash". */
static const char *
interpreter(void)
{
	char *name = head + 2;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\r\n")] = '\0';
	return name;
}

static const char *
reason_of_fault(void)
{
	switch (fault) {
	case FAULT_EMPTY:
		return "its name is empty (is a variable in the command not "
		       "set?)";
	case FAULT_PATH:
		return "not found along PATH (is it in the image? give its "
		       "whole path)";
	case FAULT_LOADER:
		return "its interpreter, the loader, is missing (it is built "
		       "for another libc: use an image that has it, or a "
		       "static build)";
	case FAULT_FOLDER:
		return "is a directory (name the program in it)";
	case FAULT_MODE:
		return "Permission denied: it is not executable (chmod +x it)";
	case FAULT_MACHINE:
		return "Exec format error: it is built for another machine "
		       "(use the build for this platform)";
	case FAULT_INTERPRETER:
	case FAULT_NONE:
		break;
	}
	return NULL;
}

static const char *
hint(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return "is it in the image, and the path right?";
	case EACCES:
	case EPERM:
		return "its user must be able to reach and execute it; a mount "
		       "with noexec forbids it";
	case ENOEXEC:
		return "begin a script with #!/bin/sh, or have /bin/sh";
	case E2BIG:
		return "arguments and environment together are above the "
		       "kernel's bound, or one of them above 128 KiB: pass a "
		       "file";
	case ETXTBSY:
		return "somebody has it open for writing: it is tried again";
	case EAGAIN:
		return "its user has too many processes: raise limits.nproc";
	case ENOMEM:
		return "raise the container's memory";
	default:
		return NULL;
	}
}

void
program_explain(int err, char *text, size_t size)
{
	const char *reason = reason_of_fault();
	const char *try = hint(err);

	if (fault == FAULT_INTERPRETER)
		(void)snprintf(text, size,
		    "its interpreter is missing: %s (install it, or correct "
		    "the first line; a line end of Windows breaks it too)",
		    interpreter());
	else if (reason != NULL)
		(void)snprintf(text, size, "%s", reason);
	else if (try != NULL)
		(void)snprintf(text, size, "%s (%s)", strerror(err), try);
	else
		(void)snprintf(text, size, "%s", strerror(err));
}
