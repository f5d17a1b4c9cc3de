/*
 * The handover of programs that know nothing of cradle, as Debian, npm and the
 * languages' own compilers have them.  Those that are not installed are
 * skipped.
 */
#include "load.h"
#include "ns.h"
#include "probe.h"
#include "proc.h"
#include "scene.h"
#include "scratch.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SOON 15000
#define CLIENTS 4

static void
skip_without(const char *path)
{
	if (access(path, X_OK) == 0)
		return;
	print_message("# skipped: there is no %s (toolchain/build-deps.sh test"
		      " installs it)\n",
	    path);
	skip();
}

static char *
any_port(void)
{
	return scratch_text("%d", probe_free_port());
}

/*
 * Kill the main process so often under load; name is what only that process and
 * those that it forked have in their command line.
 */
static void
die_under_load(struct ns *ns, const char *at, const char *name, int deaths)
{
	load_until(ns, at, LOAD_ANSWERED, SOON);
	load_start(at, CLIENTS);
	for (int i = 0; i < deaths; i++) {
		pid_t main = 0, pids[PROC_MAX];
		int count = proc_children(ns->pid, pids, PROC_MAX);
		load_await_answers(ns, 30, SOON);
		for (int p = 0; p < count; p++) {
			const char *line = proc_text(pids[p], "cmdline", ' ');
			if (line != NULL && strstr(line, name) != NULL)
				main = pids[p];
		}
		assert_true(main > 0);
		scene_kill(ns, main);
		load_await_answers(ns, 30, SOON);
	}
	load_assert_kind(ns, load_stop(), deaths * CLIENTS * 2);
	scene_stop(ns);
}

/* The settings of tests/apps/confined; NULL: all is allowed. */
static char *const *confined;

/* Known from the start, as on gVisor, or only when the first life begins. */
static int
without_notifications(void **state)
{
	static char *const settings[][2] = { { "gvisor", NULL },
		{ "notify", NULL } };
	static unsigned turn;

	(void)state;
	confined = settings[turn++ % 2];
	return 0;
}

static int
with_all_again(void **state)
{
	confined = NULL;
	return load_teardown(state);
}

static void
try_program(const char *at, const char *name, char *const app[], char *env)
{
	struct ns *ns = scene_start(&(struct scene){
	    .app = app,
	    .env = env == NULL ? NULL : NS_LIST(ns_path(), env),
	    .confined = confined,
	    /* not all of them drain quickly, and that is not the question */
	    .keys = scratch_text("%s\"stop\": { \"grace\": \"2s\" }",
		confined == NULL ? "" : "\"ready\": \"listen\", "),
	});

	/* once for those that need long to boot */
	die_under_load(ns, at, name, env == NULL ? 2 : 1);
}

/* ---- node ---- */

static void
try_node(char *kind)
{
	char *port = any_port();

	try_program(port, "frameworks.js",
	    NS_LIST(
		"node", scratch_tests("apps/node/frameworks.js"), kind, port),
	    NULL);
}

/* One whose package is not node's own. */
static void
try_package(char *kind)
{
	const char *folder = getenv("NPM_DIR");
	char *modules = scratch_text(
	    "%s/node_modules", folder == NULL ? "build/npm" : folder);
	char *port = any_port();
	char whole[PATH_MAX];

	if (access(scratch_text("%s/%s", modules,
		       strcmp(kind, "nest") == 0 ? "@nestjs/core" : kind),
		F_OK) == -1) {
		print_message("# skipped: there is no %s from npm (tests/npm.sh"
			      " build/npm installs it)\n",
		    kind);
		skip();
	}
	assert_non_null(realpath(modules, whole));
	try_program(port, "frameworks.js",
	    NS_LIST(
		"node", scratch_tests("apps/node/frameworks.js"), kind, port),
	    scratch_text("NODE_PATH=%s", whole));
}

static void
node_http(void **state)
{
	(void)state;
	try_node("http");
}

static void
node_net(void **state)
{
	(void)state;
	try_node("net");
}

static void
node_cluster(void **state)
{
	(void)state;
	try_node("cluster");
}

/* The certificates that the fakes of remote services have. */
static char *
certificates(void)
{
	char *folder = scratch_text("%s/tls", scratch_dir());
	struct ns *ns = ns_start(&(struct ns_options){
	    .program = scratch_tests("fakes/make-ca.sh"),
	    .args = NS_LIST(folder),
	    .plain = true,
	});

	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
	assert_int_equal(rename(scratch_text("%s/good.pem", folder),
			     scratch_text("%s/cert.pem", folder)),
	    0);
	assert_int_equal(rename(scratch_text("%s/good.key", folder),
			     scratch_text("%s/key.pem", folder)),
	    0);
	return folder;
}

static void
node_https(void **state)
{
	char *port = any_port();

	(void)state;
	try_program(scratch_text("tls %s", port), "frameworks.js",
	    NS_LIST("node", scratch_tests("apps/node/frameworks.js"), "https",
		port, certificates()),
	    NULL);
}

static void
express(void **state)
{
	(void)state;
	try_package("express");
}

static void
fastify(void **state)
{
	(void)state;
	try_package("fastify");
}

static void
hono(void **state)
{
	(void)state;
	try_package("hono");
}

static void
nest(void **state)
{
	(void)state;
	try_package("nest");
}

/* ---- Debian ---- */

static void
python_http_server(void **state)
{
	char *port = any_port();

	(void)state;
	skip_without("/usr/bin/python3");
	try_program(port, "http.server",
	    NS_LIST("/usr/bin/python3", "-m", "http.server", "--bind",
		"127.0.0.1", "--directory", (char *)scratch_dir(), port),
	    NULL);
}

static void
gunicorn(void **state)
{
	char *port = any_port();

	(void)state;
	skip_without("/usr/bin/gunicorn");
	(void)scratch_write("app.py",
	    "def app(environ, start):\n"
	    "    start('200 OK', [('Content-Type', 'text/plain')])\n"
	    "    return [b'gunicorn\\n']\n");
	try_program(port, "gunicorn",
	    NS_LIST("/usr/bin/gunicorn", "--bind",
		scratch_text("127.0.0.1:%s", port), "--workers", "2", "--chdir",
		(char *)scratch_dir(), "--worker-tmp-dir",
		(char *)scratch_dir(), "app:app"),
	    NULL);
}

static char *
nginx_configuration(const char *port)
{
	const char *dir = scratch_dir();

	return scratch_write("nginx.conf",
	    "daemon off; worker_processes 2; pid %s/nginx.pid;\n"
	    "user root; error_log stderr crit;\n"
	    "events { worker_connections 64; }\n"
	    "http { access_log off; client_body_temp_path %s/a;\n"
	    "  proxy_temp_path %s/b; fastcgi_temp_path %s/c;\n"
	    "  uwsgi_temp_path %s/d; scgi_temp_path %s/e;\n"
	    "  server { listen %s; listen [::]:%s; listen unix:%s/n.sock;\n"
	    "    return 200 'nginx'; } }\n",
	    dir, dir, dir, dir, dir, dir, port, port, dir);
}

static void
nginx(void **state)
{
	char *port = any_port();
	const char *address[] = { port, scratch_text("6:%s", port),
		scratch_text("%s/n.sock", scratch_dir()) };

	(void)state;
	skip_without("/usr/sbin/nginx");
	for (size_t i = 0; i < 3; i++)
		try_program(address[i], "nginx",
		    NS_LIST("/usr/sbin/nginx", "-c", nginx_configuration(port)),
		    NULL);
}

/* ---- compiled ---- */

static void
rust(void **state)
{
	char *port = any_port();
	char *program = scratch_text("%s/serves", scratch_dir());

	(void)state;
	struct ns *compiler = ns_start(&(struct ns_options){
	    .program = "/bin/sh",
	    .args = NS_LIST("-c",
		scratch_text("command -v rustc >/dev/null || exit 69; exec "
			     "rustc -o %s %s",
		    program, scratch_tests("apps/rust/serves.rs"))),
	    .env = NS_LIST(ns_path(),
		scratch_text("HOME=%s", getenv("HOME") ? getenv("HOME") : "/")),
	    .plain = true,
	});
	int status = ns_exit_status(compiler, 60000);
	ns_end(compiler);
	if (status != 0) {
		print_message("# skipped: there is no rustc that works\n");
		skip();
	}
	try_program(port, "/serves", NS_LIST(program, port), NULL);
}

/* The same on a kernel without notifications: by Node's own cluster protocol.
 */
#define CLUSTER_TEST(test)                                       \
	{                                                        \
#test "_where_there_are_no_notifications", test, \
		    without_notifications, with_all_again, NULL  \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOAD_TEST(node_http),
		LOAD_TEST(node_https),
		LOAD_TEST(node_net),
		LOAD_TEST(node_cluster),
		LOAD_TEST(express),
		LOAD_TEST(fastify),
		LOAD_TEST(hono),
		LOAD_TEST(nest),
		CLUSTER_TEST(node_http),
		CLUSTER_TEST(node_https),
		CLUSTER_TEST(node_net),
		CLUSTER_TEST(express),
		CLUSTER_TEST(fastify),
		CLUSTER_TEST(hono),
		CLUSTER_TEST(nest),
		LOAD_TEST(python_http_server),
		LOAD_TEST(gunicorn),
		LOAD_TEST(nginx),
		LOAD_TEST(rust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
