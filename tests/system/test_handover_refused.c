/*
 * The handover where less is allowed: other users, no capabilities, a read-only
 * root, and system calls refused one by one.  Each row of `circumstances` lives
 * through the same life.
 */
#include "load.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define CLIENTS 3
#define PLACES 4

struct circumstance {
	const char *settings[4]; /* of tests/apps/confined */
	const char *keys;        /* of the service */
	bool unprivileged;       /* on a read-only root, too */
	bool plain;              /* no handover is possible: it is as without */
};

static char *places[PLACES];

static void
choose_places(void)
{
	places[0] = scratch_text("%d", probe_free_port());
	places[1] = scratch_text("dual:%d", probe_free_port());
	places[2] = scratch_text("@cradle-test-%d", probe_free_port());
	places[3] = NULL;
}

static struct ns *
start(const struct circumstance *c)
{
	char *mute = scratch_text("%s/mute", scratch_dir());
	char *app = scratch_app("serves");
	char *settings[5] = { 0 };

	for (int i = 0; i < 4 && c->settings[i] != NULL; i++)
		settings[i] = scratch_text("%s", c->settings[i]);
	choose_places();
	/* the app may be in a folder that others cannot enter */
	if (c->unprivileged || c->keys != NULL)
		app = scratch_copy(app);
	struct ns *ns = scene_start(&(struct scene){
	    .app =
		NS_LIST(app, "--mute", mute, places[0], places[1], places[2]),
	    .keys = scratch_text("\"ready\": \"listen\"%s%s",
		c->keys == NULL ? "" : ", ", c->keys == NULL ? "" : c->keys),
	    .confined = c->settings[0] == NULL ? NULL : settings,
	    .unprivileged = c->unprivileged,
	    .readonly = c->unprivileged,
	});
	ns_expect_line(ns, "listening ", SOON);
	return ns;
}

static void
die_under_load(struct ns *ns, int deaths)
{
	load_start(places[0], CLIENTS);
	for (int i = 0; i < deaths; i++) {
		load_await_answers(ns, 20, SOON);
		scene_kill(ns, scene_service(ns, "/serves", ns->pid));
		load_await_answers(ns, 20, SOON);
	}
	load_assert_kind(ns, load_stop(), deaths * CLIENTS);
}

static void
die_and_be_awaited(struct ns *ns)
{
	int queued[PLACES];

	(void)scratch_write("mute", "%s", "");
	scene_kill(ns, scene_service(ns, "/serves", ns->pid));
	for (int i = 0; places[i] != NULL; i++) {
		queued[i] = load_ask(places[i], "/");
		if (queued[i] < 0)
			ns_fail(ns, "%s: %s", places[i], strerror(-queued[i]));
	}
	(void)unlink(scratch_text("%s/mute", scratch_dir()));
	for (int i = 0; places[i] != NULL; i++) {
		if (load_hear(queued[i], SOON).end != LOAD_ANSWERED)
			ns_fail(ns, "%s was not answered", places[i]);
	}
}

/* What the boot line says of it. */
static void
expect_way(struct ns *ns, const struct circumstance *c)
{
	const char *way = "handover by pidfd_getfd";

	for (int i = 0; i < 4 && c->settings[i] != NULL; i++) {
		if (strncmp(c->settings[i], "pidfd", 5) == 0)
			way = "handover by sockets of our own";
	}
	ns_expect_line(ns, way, SOON);
}

static void
live_through(const struct circumstance *c)
{
	struct ns *ns = start(c);

	expect_way(ns, c);
	die_and_be_awaited(ns);
	int before = scene_descriptors(ns);
	die_under_load(ns, 2);
	die_and_be_awaited(ns);
	scene_await_descriptors(ns, before, SOON);
	scene_stop(ns);
}

/* Nothing is held, but nothing is worse than without, and it is said once. */
static void
live_without(const struct circumstance *c)
{
	struct ns *ns = start(c);

	for (int i = 0; i < 2; i++) {
		pid_t pid = scene_service(ns, "/serves", ns->pid);
		(void)scratch_write("mute", "%s", "");
		scene_kill(ns, pid);
		assert_int_equal(load_once(places[0], SOON).end, LOAD_REFUSED);
		(void)unlink(scratch_text("%s/mute", scratch_dir()));
		for (int place = 0; places[place] != NULL; place++)
			(void)load_await(ns, places[place], pid, SOON);
	}
	assert_int_equal(ns_count(ns, "handover is off"), 1);
	scene_stop(ns);
}

static void
live(const struct circumstance *c)
{
	if (c->plain)
		live_without(c);
	else
		live_through(c);
}

#define CASE(name, ...)                                      \
	static void name(void **state)                       \
	{                                                    \
		(void)state;                                 \
		live(&(struct circumstance){ __VA_ARGS__ }); \
	}

#define OTHER "\"user\": \"65534\""

CASE(all_is_allowed, .plain = false)
CASE(nobody_on_a_read_only_root, .unprivileged = true)
CASE(nobody_without_a_capability_to_be_had, .settings = { "caps=none" },
    .unprivileged = true)
CASE(root_without_capabilities, .settings = { "caps=none" })
CASE(root_with_dockers_capabilities, .settings = { "caps=docker" })
CASE(the_service_is_another_user, .keys = OTHER)
CASE(the_service_is_another_user_with_dockers_capabilities,
    .settings = { "caps=docker" }, .keys = OTHER)
CASE(no_pidfd_getfd, .settings = { "pidfd_getfd" })
CASE(pidfd_getfd_is_unknown, .settings = { "pidfd_getfd=missing" })
CASE(no_pidfd_getfd_for_nobody, .settings = { "pidfd_getfd", "caps=none" },
    .unprivileged = true)
CASE(no_pidfd_open, .settings = { "pidfd_open" })
CASE(no_process_vm_readv, .settings = { "process_vm_readv" })
CASE(neither_of_both_for_nobody,
    .settings = { "process_vm_readv", "pidfd_getfd", "caps=none" },
    .unprivileged = true)
CASE(no_ptrace, .settings = { "ptrace" })
CASE(no_flags_of_seccomp, .settings = { "flags" })
CASE(no_memory_files, .settings = { "memfd_create" })
CASE(no_names_of_protocols, .settings = { "getxattr" })
CASE(no_lists_of_folders, .settings = { "getdents64" })
CASE(no_questions_about_sockets, .settings = { "netlink" })
CASE(no_epoll, .settings = { "epoll_create1" })
CASE(no_notifications, .settings = { "gvisor" }, .plain = true)
CASE(notifications_are_for_somebody_else, .settings = { "notify" },
    .plain = true)
CASE(no_seccomp, .settings = { "seccomp" }, .plain = true)
CASE(seccomp_is_unknown, .settings = { "seccomp=missing" }, .plain = true)
CASE(no_descriptors_into_others, .settings = { "addfd" }, .plain = true)

/* A file that cradle made is as the program would have made it. */
static void
a_path_is_bound_as_the_program_would(void **state)
{
	char *at = scratch_text("%s/web.sock", scratch_dir());
	struct ns *ns = scene_start(&(struct scene){
	    .app = NS_LIST("sh", "-c",
		scratch_text("umask 027; exec %s --ask --unlink %s",
		    scratch_app("serves"), at)),
	    .confined = NS_LIST("pidfd_getfd"),
	});
	struct stat st;

	(void)state;
	load_deaths(ns, at, 3);
	assert_int_equal(stat(at, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	assert_int_equal(ns_count(ns, "another one is there"), 0);
	scene_stop(ns);
}

/* With sockets of our own some cannot be replaced: they work as without. */
static void
a_socket_that_must_be_that_very_one_is_left_alone(void **state)
{
	static char *const ways[] = { "polls", "vforks", "dups" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		char *port = scene_port("");
		struct ns *ns = scene_start(&(struct scene){
		    .app = NS_LIST(scratch_app("binds"), ways[i], port),
		    .confined = NS_LIST("pidfd_getfd"),
		});
		int last = 0;
		for (int life = 0; life < 3; life++) {
			last = load_await(ns, port, last, SOON);
			scene_kill(ns, scene_service(ns, "/binds", ns->pid));
		}
		scene_stop(ns);
	}
}

static void
the_version_tells_the_way(void **state)
{
	static const struct {
		char *refused;
		const char *says;
	} cases[] = {
		{ "caps=none", "handover: by pidfd_getfd\n" },
		{ "pidfd_getfd", "handover: by sockets of our own\n" },
		{ "gvisor", "handover: for Node only: " },
		{ "seccomp", "handover: for Node only: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns *ns = ns_start(&(struct ns_options){
		    .program = scratch_app("confined"),
		    .args = NS_LIST(
			cases[i].refused, "--", scratch_cradle(), "version"),
		    .plain = true,
		});
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		assert_true(ns_has(ns, cases[i].says));
		ns_end(ns);
	}
}

/* Pids there mean somebody else: nothing is held, and nobody waits for it. */
static void
the_proc_of_another_namespace_is_no_help(void **state)
{
	char *file = scratch_write("proc.json",
	    "{ \"services\": { \"web\": { \"ready\": \"listen\","
	    " \"command\": [\"%s\", \"%d\"] } } }\n",
	    scratch_app("serves"), probe_free_port());
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = "/usr/bin/unshare",
	    .args = NS_LIST("--pid", "--fork", "--kill-child", scratch_cradle(),
		"-c", file),
	    .plain = true,
	});

	(void)state;
	ns_expect_line(
	    ns, "handover is off but for servers in Node: /proc is", SOON);
	ns_expect_line(ns, "web: who listens cannot be seen", SOON);
	ns_expect_line(ns, "ready in ", SOON);
	ns_signal(ns, SIGTERM);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(all_is_allowed),
		LOAD_TEST(nobody_on_a_read_only_root),
		LOAD_TEST(nobody_without_a_capability_to_be_had),
		LOAD_TEST(root_without_capabilities),
		LOAD_TEST(root_with_dockers_capabilities),
		LOAD_TEST(the_service_is_another_user),
		LOAD_TEST(
		    the_service_is_another_user_with_dockers_capabilities),
		LOAD_TEST(no_pidfd_getfd),
		LOAD_TEST(pidfd_getfd_is_unknown),
		LOAD_TEST(no_pidfd_getfd_for_nobody),
		LOAD_TEST(no_pidfd_open),
		LOAD_TEST(no_process_vm_readv),
		LOAD_TEST(neither_of_both_for_nobody),
		LOAD_TEST(no_ptrace),
		LOAD_TEST(no_flags_of_seccomp),
		LOAD_TEST(no_memory_files),
		LOAD_TEST(no_names_of_protocols),
		LOAD_TEST(no_lists_of_folders),
		LOAD_TEST(no_questions_about_sockets),
		LOAD_TEST(no_epoll),
		LOAD_TEST(no_notifications),
		LOAD_TEST(notifications_are_for_somebody_else),
		LOAD_TEST(no_seccomp),
		LOAD_TEST(seccomp_is_unknown),
		LOAD_TEST(no_descriptors_into_others),
		LOAD_TEST(a_path_is_bound_as_the_program_would),
		LOAD_TEST(a_socket_that_must_be_that_very_one_is_left_alone),
		LOAD_TEST(the_proc_of_another_namespace_is_no_help),
		LOAD_TEST(the_version_tells_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
