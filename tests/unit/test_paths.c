/*
 * What a life may do to the paths of held sockets, in a file system that is
 * written down here: what is asked of it is counted, since a real one may never
 * answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/guard.h"
#include "supervisor/spoken.h"

#include "supervisor/paths.c" /* last: it bans what those declare */

#define DISK 5
#define OTHER_DISK 6
#define FILE_OF_IT 2

/* ---- a file system ---- */

static struct {
	const char *path;
	dev_t disk;
	ino_t file;
	mode_t mode;
} files[8];
static int looks;       /* how often it was looked into */
static int removals;    /* what PID 1 has removed there */
static const char *say; /* what the caller's memory holds */
static bool followed;

static void
put(size_t i, const char *path, dev_t disk, ino_t file, mode_t mode)
{
	files[i].path = path;
	files[i].disk = disk;
	files[i].file = file;
	files[i].mode = mode;
}

int
peek_file(pid_t tid, const char *path, struct stat *ret)
{
	(void)tid;
	looks++;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (files[i].path == NULL || strcmp(files[i].path, path) != 0)
			continue;
		memset(ret, 0, sizeof(*ret));
		ret->st_dev = files[i].disk;
		ret->st_ino = files[i].file;
		ret->st_mode = files[i].mode;
		return 0;
	}
	return -ENOENT;
}

int
peek_status(pid_t tid, int dir, const char *path, struct stat *ret)
{
	(void)dir;
	return peek_file(tid, path, ret);
}

int
peek_text(pid_t tid, uint64_t address, char *text, size_t size)
{
	(void)tid;
	(void)address;
	return snprintf(text, size, "%s", say) < (int)size ? 0 : -ENAMETOOLONG;
}

void
peek_unlink(pid_t tid, const char *path)
{
	(void)tid;
	(void)path;
	removals++;
}

int
binding_read_address(const struct ask *ask, struct endpoint *ret)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	(void)ask;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", say);
	return endpoint_parse(&un, sizeof(un), ret);
}

bool
service_is_followed(const struct service *s)
{
	(void)s;
	return followed;
}

/* ---- a service with one held socket, of its last life ---- */

static struct init init;
static struct plan_service plan;

static struct held *
hold(const char *path)
{
	struct helds *h = &init.handover.helds;
	struct endpoint at;
	struct ask ask = { .tid = 1 };

	for (size_t i = 0; i < h->top; i++)
		if (h->item[i].used)
			held_drop(&h->item[i]);
	memset(files, 0, sizeof(files));
	put(0, path, DISK, FILE_OF_IT, S_IFSOCK | 0755);
	say = path;
	assert_int_equal(binding_read_address(&ask, &at), 0);
	init.service[0].init = &init;
	init.service[0].plan = &plan;
	struct held *held = held_ask(h, 0, &at);
	assert_non_null(held);
	held_keep(held, dup(STDERR_FILENO));
	held->listening = true;
	paths_note(&ask, held);
	assert_int_equal(held->file, FILE_OF_IT);
	looks = 0;
	removals = 0;
	followed = true;
	return held;
}

static struct ask
ask_of_it(void)
{
	return (struct ask){ .owner = &init.service[0], .tid = 1 };
}

static enum ask_answer
unlink_of(const char *path, int flags)
{
	struct ask ask = ask_of_it();
	say = path;
	ask.arg[0] = (uint64_t)AT_FDCWD;
	ask.arg[2] = (uint64_t)flags;
	return paths_unlink(&ask, SYS_unlinkat);
}

static enum ask_answer
connect_to(const char *path)
{
	struct ask ask = ask_of_it();
	say = path;
	return paths_connect(&ask);
}

/* ---- tests ---- */

static void
its_own_path_stays_and_is_refused(void **unused)
{
	struct held *held = hold("/run/web.sock");

	(void)unused;
	assert_int_equal(connect_to("/run/web.sock"), ASK_REFUSE);
	assert_int_equal(unlink_of("/run/web.sock", 0), ASK_DONE);
	assert_true(held->removed);
	put(1, "/var/run/web.sock", DISK, FILE_OF_IT, S_IFSOCK);
	assert_int_equal(connect_to("/var/run/web.sock"), ASK_REFUSE);
}

/* Each file system counts its own files: the first ones are the same. */
static void
a_socket_of_the_same_number_elsewhere_is_another_one(void **unused)
{
	struct held *held = hold("/app/web.sock");

	(void)unused;
	put(1, "/vol/web.sock", OTHER_DISK, FILE_OF_IT, S_IFSOCK);
	assert_int_equal(connect_to("/vol/web.sock"), ASK_GO_ON);
	assert_int_equal(unlink_of("/vol/web.sock", 0), ASK_GO_ON);
	assert_false(held->removed);

	put(0, "/app/web.sock", OTHER_DISK, FILE_OF_IT, S_IFSOCK);
	assert_false(paths_lead_to(&(struct ask){ .tid = 1 }, held));
}

static void
what_has_another_name_is_not_looked_at(void **unused)
{
	static const char *const names[] = { "/mnt/x", "/mnt/web.sock.1", "",
		"web.soc", "/run/web.sock/", "/run/web.sock/.", "/", "//",
		"/run/web.sock/x", "/run", "/run/app" };
	struct held *held = hold("/run/app/web.sock");

	(void)unused;
	held->removed = true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (unlink_of(names[i], 0) != ASK_GO_ON || looks != 0)
			fail_msg("unlink of \"%s\"", names[i]);
		if (strstr(names[i], "sock/") == NULL && names[i][0] != '\0' &&
		    (connect_to(names[i]) != ASK_GO_ON || looks != 0))
			fail_msg("connect to \"%s\"", names[i]);
	}
	assert_int_equal(unlink_of("/mnt/x", AT_REMOVEDIR), ASK_GO_ON);
	assert_int_equal(unlink_of("/mnt/", AT_REMOVEDIR), ASK_GO_ON);
	assert_int_equal(unlink_of("/mnt/.", AT_REMOVEDIR), ASK_GO_ON);
	assert_int_equal(
	    unlink_of("/run/web.sock", AT_SYMLINK_NOFOLLOW), ASK_GO_ON);
	assert_int_equal(looks, 0);
}

static void
a_folder_that_is_removed_is_emptied(void **unused)
{
	static const struct {
		const char *socket;
		const char *folder; /* as it is looked for */
		const char *removed;
	} cases[] = {
		{ "/run/app/web.sock", "/run/app/.", "/run/app" },
		{ "/run/app/web.sock", "/run/app/.", "/run/app//" },
		{ "app//web.sock", "app//.", "app" },
		{ "web.sock", ".", "/srv/app" },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct held *held = hold(cases[i].socket);
		put(1, cases[i].folder, DISK, 9, S_IFDIR);
		put(2, cases[i].removed, DISK, 9, S_IFDIR);
		unlink_of(cases[i].removed, AT_REMOVEDIR);
		assert_true(held->used); /* nobody had removed its path */
		held->removed = true;
		unlink_of(cases[i].removed, AT_REMOVEDIR);
		assert_false(held->used);
		assert_int_equal(removals, 1);
	}
}

static void
a_folder_that_is_unlinked_keeps_what_is_in_it(void **unused)
{
	struct held *held = hold("/run/app/web.sock");

	(void)unused;
	put(1, "/run/app/.", DISK, 9, S_IFDIR);
	put(2, "/run/app", DISK, 9, S_IFDIR);
	held->removed = true;
	assert_int_equal(unlink_of("/run/app", 0), ASK_GO_ON);
	assert_true(held->used);
	assert_int_equal(removals, 0);
}

static void
what_was_put_in_its_place_is_not_removed(void **unused)
{
	struct held *held = hold("/run/app/web.sock");

	(void)unused;
	put(0, "/run/app/web.sock", DISK, FILE_OF_IT + 1, S_IFREG);
	put(1, "/run/app/.", DISK, 9, S_IFDIR);
	put(2, "/run/app", DISK, 9, S_IFDIR);
	held->removed = true;
	assert_int_equal(unlink_of("/run/app", AT_REMOVEDIR), ASK_GO_ON);
	assert_int_equal(removals, 0);
}

/* ---- who is asked ---- */

static void
a_command_says_what_it_binds(void **unused)
{
	static const struct {
		const char *argument;
		unsigned wanted;
	} cases[] = {
		{ "--port=3000", 0 },
		{ "/run/s", 0 },
		{ "unix:/run/s", FILTER_PATHS },
		{ "--bind=unix:/run/s.sock", FILTER_PATHS },
		{ "/run/app.sock", FILTER_PATHS | FILTER_CONNECT_16 },
		{ "unix:///run/app.sock", FILTER_PATHS | FILTER_CONNECT_16 },
		{ "exec web -s '/run/apps.sock'; x",
		    FILTER_PATHS | FILTER_CONNECT_16 },
		{ "/run/appss.sock", FILTER_PATHS },
		{ "/run/a-longer/folder.sock",
		    FILTER_PATHS | FILTER_CONNECT_28 },
		{ "--uds=/run/a-longer/folders.sock",
		    FILTER_PATHS | FILTER_CONNECT_28 },
		{ "redis+socket:///run/redis.sock", 0 },
		{ "--broker=redis+socket:///run/redis.sock?db=1", 0 },
		{ "mysql://u:p@h/db?unix_socket=/run/mysqld/mysqld.sock", 0 },
		{ "http://h/?at=/run/upstream.sock", 0 },
		{ "--urls=http://unix:/run/app.sock",
		    FILTER_PATHS | FILTER_CONNECT_16 },
		{ "--docker=unix:///var/run/docker.sock", 0 },
		{ "celery -b redis://h/0 -s /run/w.sock", FILTER_PATHS },
		{ "", 0 },
		{ ":", 0 },
		{ "unix:", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[80];
		(void)snprintf(text, sizeof(text), "%s", cases[i].argument);
		unsigned got = spoken_paths((char *[]){ "web", text, NULL });
		if (got != cases[i].wanted)
			fail_msg("\"%s\": %u", text, got);
	}
}

static void
a_held_path_says_how_long_addresses_of_it_are(void **unused)
{
	static char *command[] = { "web", NULL };

	(void)unused;
	(void)hold("/run/app.sock");
	plan.command = command;
	assert_int_equal(
	    paths_wanted(&init.service[0]), FILTER_PATHS | FILTER_CONNECT_16);
	held_drop(hold("/run/app.sock"));
	assert_int_equal(paths_wanted(&init.service[0]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_own_path_stays_and_is_refused),
		cmocka_unit_test(
		    a_socket_of_the_same_number_elsewhere_is_another_one),
		cmocka_unit_test(what_has_another_name_is_not_looked_at),
		cmocka_unit_test(a_folder_that_is_removed_is_emptied),
		cmocka_unit_test(a_folder_that_is_unlinked_keeps_what_is_in_it),
		cmocka_unit_test(what_was_put_in_its_place_is_not_removed),
		cmocka_unit_test(a_command_says_what_it_binds),
		cmocka_unit_test(a_held_path_says_how_long_addresses_of_it_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
