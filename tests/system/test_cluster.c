/* What servers in Node ask for where Node's own cluster protocol has to do. */
#include "load.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 8000
#define NOBODY 65534

static struct ns *
start(char *script, const char *keys)
{
	char *file = scratch_write("app.js",
	    "const http = require('node:http'), fs = require('node:fs');\n"
	    "const tell = (r, a) => a.end(`${process.pid} -\\n`);\n"
	    "const say = (...words) => console.log(...words);\n"
	    "const open = (...at) => http.createServer(tell)\n"
	    "  .on('error', (e) => say('failed', e.code))\n"
	    "  .listen(...at, () => say('up', process.pid));\n"
	    "%s\n",
	    script);

	(void)chmod(scratch_dir(), 0755);
	return scene_start(&(struct scene){
	    .app = NS_LIST("node", file),
	    .keys = scratch_text("\"ready\": \"listen\"%s%s",
		keys == NULL ? "" : ", ", keys == NULL ? "" : keys),
	    .confined = NS_LIST("gvisor"),
	});
}

static char *
folder(const char *name, mode_t mode)
{
	char *path = scratch_text("%s/%s", scratch_dir(), name);

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static void
a_path_is_the_users_and_in_the_services_folder(void **state)
{
	char *ours = folder("ours", 0777);
	char *closed = folder("closed", 0700);
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	struct ns *ns = start(scratch_text("open('a.sock');\n"
					   "setTimeout(() => open('%s/b'), 50)",
				  closed),
	    scratch_text("\"user\": \"%d\", \"cwd\": \"%s\"", NOBODY, ours));
	ns_expect_line(ns, "up ", SOON);
	ns_expect_line(ns, "failed EACCES", SOON);
	assert_int_equal(stat(scratch_text("%s/a.sock", ours), &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(access(scratch_text("%s/b", closed), F_OK), -1);
	scene_stop(ns);
}

static void
a_path_that_is_removed_before_listen_is_made_anew(void **state)
{
	char *at = scratch_text("%s/x.sock", scratch_dir());
	struct ns *ns =
	    start(scratch_text(
		      "fs.rmSync('%s', { force: true });\nopen('%s')", at, at),
		NULL);

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	load_start(at, 1);
	load_await_answers(ns, 100, SOON);
	(void)load_stop();
	scene_kill(ns, scene_service(ns, "app.js", ns->pid));
	ns_expect_line(ns, "up ", SOON);
	assert_int_equal(load_once(at, SOON).end, LOAD_ANSWERED);
	scene_stop(ns);
}

static void
a_socket_that_was_given_can_be_listened_on(void **state)
{
	int port = probe_free_port();
	char *at = scratch_text("%d", port);
	struct ns *ns = start("open({ fd: 3 })",
	    scratch_text("\"listen\": [\"127.0.0.1:%d\"]", port));

	(void)state;
	int first = load_await(ns, at, 0, SOON);
	scene_kill(ns, scene_service(ns, "app.js", ns->pid));
	(void)load_await(ns, at, first, SOON);
	scene_stop(ns);
}

/* As those who listen to a multicast address do. */
static void
datagrams_may_share_an_address(void **state)
{
	struct ns *ns = start(
	    scratch_text("const port = %d;\n"
			 "for (const i of [1, 2]) {\n"
			 "  const one = require('node:dgram').createSocket(\n"
			 "    { type: 'udp4', reuseAddr: true });\n"
			 "  one.on('error', (e) => say('failed', e.code));\n"
			 "  one.bind(port, () => say('bound'));\n"
			 "}\nopen(port)",
		probe_free_port()),
	    NULL);

	(void)state;
	ns_expect_line(ns, "up ", SOON);
	ns_expect_line(ns, "bound", SOON);
	ns_expect_line(ns, "bound", SOON);
	scene_stop(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(a_path_is_the_users_and_in_the_services_folder),
		LOAD_TEST(a_path_that_is_removed_before_listen_is_made_anew),
		LOAD_TEST(a_socket_that_was_given_can_be_listened_on),
		LOAD_TEST(datagrams_may_share_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
