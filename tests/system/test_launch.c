#include "ns.h"
#include "proc.h"
#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Who a service is, where, with what, and what becomes of a failed exec. */

#define SOON 5000

/* The only service: a shell script, and more of its keys. */
static char *
service(const char *script, const char *keys)
{
	return scratch_write("c.json",
	    "{\"services\":{\"one\":{\"command\":[\"sh\",\"-c\",\"%s\"]%s}}}",
	    script, keys);
}

static void
a_service_is_who_its_configuration_says(void **unused)
{
	static const struct {
		const char *keys;
		const char *line;
	} cases[] = {
		{ ",\"user\":\"daemon\"", "=1:1:1:daemon:daemon:" },
		{ ",\"user\":\"4242\"", "=4242:4242:4242:4242:4242:/:" },
		{ ",\"user\":\"daemon\",\"group\":\"4243\"", "=1:4243:4243:" },
		{ ",\"group\":\"bin\"", "=0:2:2:" },
		{ ",\"user\":\"daemon\",\"env\":{\"HOME\":\"/own\"}",
		    ":daemon:/own:" },
		{ ",\"umask\":\"027\"", ":0027:" },
		{ ",\"limits\":{\"nofile\":\"100:200\"}", ":100:200=" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns *ns = ns_run(NS_LIST("-c",
		    service("echo =$(id -u):$(id -g):$(id -G):$USER:$LOGNAME:"
			    "$HOME:$(umask):$(ulimit -Sn):$(ulimit -Hn)=",
			cases[i].keys)));
		ns_expect_line(ns, cases[i].line, SOON);
		assert_int_equal(ns_exit_status(ns, SOON), 0);
		ns_end(ns);
	}
}

static void
an_unknown_user_or_group_ends_with_78_before_anything_starts(void **unused)
{
	static const char *const keys[] = { ",\"user\":\"no-such\"",
		",\"group\":\"no-such\"" };

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct ns *ns =
		    ns_run(NS_LIST("-c", service("echo started", keys[i])));
		assert_int_equal(ns_exit_status(ns, SOON), 78);
		assert_true(ns_has(ns, "no-such: it is not in /etc/"));
		assert_false(ns_has(ns, "started"));
		ns_end(ns);
	}
}

static void
only_root_becomes_another(void **unused)
{
	(void)unused;
	char *file = service("echo started", ",\"user\":\"daemon\"");
	scratch_give_away();
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("-c", file), .unprivileged = true });
	assert_int_equal(ns_exit_status(ns, SOON), 78);
	assert_true(ns_has(ns, "only root may become another"));
	ns_end(ns);
}

static void
cradle_lives_in_the_root_and_the_app_where_it_was_called(void **unused)
{
	(void)unused;
	const char *dir = scratch_dir();
	(void)scratch_write("sub/here", "x");
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST("sh", "-c", "pwd; ls sub; readlink /proc/1/cwd"),
	    .cwd = dir });
	ns_expect_line(ns, dir, SOON);
	ns_expect_line(ns, "here", SOON);
	ns_expect_line(ns, "/", SOON);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static struct ns *
with_descriptors(const char *variable)
{
	char *env[] = { ns_path(), scratch_text("%s", variable),
		(char[]){ "LISTEN_FDS=2" }, NULL };
	char *file = scratch_write("c.json",
	    "{\"services\":{\"one\":{\"command\":[\"sh\",\"-c\","
	    "\"test \\\"$LISTEN_PID\\\" = $$$$ && echo mine; %s; sleep 0.1; "
	    "exit "
	    "1\"],"
	    "\"restart\":{\"delay\":\"30s\"}}}}",
	    scratch_app("lists_descriptors"));
	return ns_start(&(struct ns_options){
	    .program = scratch_app("prepare"),
	    .env = env,
	    .args =
		NS_LIST("descriptors=2", "--", scratch_cradle(), "-c", file),
	});
}

static void
inherited_descriptors_are_the_first_lifes(void **unused)
{
	(void)unused;
	struct ns *ns = with_descriptors("LISTEN_PID=999999");
	ns_expect_line(ns, "end of descriptors", SOON);
	ns_expect_line(ns, "end of descriptors", SOON);
	assert_int_equal(ns_count(ns, "descriptor 3"), 1);
	assert_int_equal(ns_count(ns, "descriptor 4"), 1);
	assert_int_equal(ns_count(ns, "mine"), 0);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static void
passed_sockets_are_every_lifes_with_its_own_pid(void **unused)
{
	(void)unused;
	struct ns *ns = with_descriptors("LISTEN_PID=1");
	ns_expect_line(ns, "end of descriptors", SOON);
	ns_expect_line(ns, "end of descriptors", SOON);
	assert_int_equal(ns_count(ns, "descriptor 3"), 2);
	assert_int_equal(ns_count(ns, "descriptor 4"), 2);
	assert_int_equal(ns_count(ns, "mine"), 2);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static char *
executable(const char *name, const char *text)
{
	char *path = scratch_write(name, "%s", text);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void
a_hopeless_exec_ends_with_its_code_and_one_line(void **unused)
{
	const struct {
		char *program;
		int code;
		const char *line;
	} cases[] = {
		{ scratch_text("/no/such"), 127, "No such file" },
		{ scratch_text("no-such"), 127, "not found along PATH" },
		{ scratch_text("%s", ""), 127, "its name is empty" },
		{ executable("script", "#!/no/shell -e\n"), 127,
		    "its interpreter is missing: /no/shell (" },
		{ scratch_text("/etc"), 126, "is a directory" },
		{ scratch_write("plain", "x"), 126, "chmod +x" },
		{ executable("foreign", "\177ELF of no machine"), 126,
		    "another machine" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ns *ns = ns_run(NS_LIST("--", cases[i].program));
		assert_int_equal(ns_exit_status(ns, SOON), cases[i].code);
		assert_int_equal(ns_count(ns, cases[i].line), 1);
		assert_int_equal(ns_count(ns, "cradle: "), 1);
		ns_end(ns);
	}
}

static void
a_script_without_a_first_line_is_the_shells(void **unused)
{
	(void)unused;
	char *script = executable("script", "echo \"ran with $1\"\n");
	struct ns *ns = ns_run(NS_LIST("--", script, "word"));
	ns_expect_line(ns, "ran with word", SOON);
	assert_int_equal(ns_exit_status(ns, SOON), 0);
	ns_end(ns);
}

static void
too_long_arguments_are_named(void **unused)
{
	static char big[60000];
	char *env[] = { ns_path(), NULL, NULL, NULL, NULL };

	(void)unused;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	for (int i = 1; i < 4; i++)
		env[i] = scratch_text("V%d=%s", i, big);
	struct ns *ns = ns_start(&(struct ns_options){
	    .args = NS_LIST(
		"-c", service("true", ",\"limits\":{\"stack\":\"256KB\"}")),
	    .env = env });
	assert_int_equal(ns_exit_status(ns, SOON), 126);
	assert_true(ns_has(ns, "above the kernel's bound"));
	ns_end(ns);
}

static void
a_program_that_is_being_written_is_tried_again(void **unused)
{
	(void)unused;
	char *app = scratch_copy(scratch_app("exit_7_on_term"));
	int fd = open(app, O_WRONLY | O_CLOEXEC);
	assert_true(fd != -1);
	struct ns *ns = ns_run(NS_LIST("--", app));
	ns_expect_line(ns, "open for writing", SOON);
	(void)close(fd);
	ns_expect_line(ns, "up ", SOON);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 7);
	ns_end(ns);
}

static void
too_many_processes_of_a_user_are_waited_for(void **unused)
{
	(void)unused;
	char *file = scratch_write("c.json",
	    "{\"services\":{"
	    "\"holder\":{\"command\":[\"sleep\",\"100\"],\"user\":\"54321\"},"
	    "\"one\":{\"command\":[\"true\"],\"user\":\"54321\","
	    "\"limits\":{\"nproc\":0}}}}");
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "too many processes", SOON);
	ns_expect_line(ns, "next life in", SOON);
	ns_expect_line(ns, "too many processes", SOON);
	ns_signal(ns, SIGTERM);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

static char *
says_who(const char *what)
{
	return scratch_text("[\"sh\", \"-c\", \"echo %s=$(id -u):$(id -G):"
			    "$HOME:$(umask):$(ulimit -n)=\"]",
	    what);
}

static void
tasks_probes_and_hooks_are_who_their_configuration_says_too(void **unused)
{
	static const char who[] = "\"user\": \"4242\", \"umask\": \"027\", "
				  "\"limits\": { \"nofile\": 77 }";
	char *file = scratch_write("c.json",
	    "{ \"tasks\": { \"t\": { \"command\": %s, %s } },\n"
	    "  \"services\": { \"one\": { \"command\": [\"sh\", \"-c\","
	    "    \"cd /; exec sleep 4007\"], %s,\n"
	    "    \"ready\": { \"exec\": %s }, \"before_stop\": %s } } }\n",
	    says_who("task"), who, who, says_who("probe"), says_who("hook"));

	(void)unused;
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns, "task=4242:4242:/:0027:77=", SOON);
	ns_expect_line(ns, "probe=4242:4242:/:0027:77=", SOON);
	ns_expect_line(ns, "ready in", SOON);
	ns_signal(ns, SIGTERM);
	ns_expect_line(ns, "hook=4242:4242:/:0027:77=", SOON);
	(void)ns_exit_status(ns, SOON);
	ns_end(ns);
}

/* By cradle's own user: root may lack the capability. */
static void
limit_processes(const struct ns *ns, rlim_t soft)
{
	const struct rlimit limit = { soft, 100 };
	int status;

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool done = setgid(65534) == 0 && setuid(65534) == 0 &&
			    prlimit(ns->pid, RLIMIT_NPROC, &limit, NULL) == 0;
		_exit(done ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* fork itself fails: nothing of the service is to blame. */
static void
a_fork_that_fails_is_tried_again(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	struct ns *ns =
	    ns_start(&(struct ns_options){ .program = "/usr/bin/prlimit",
		.args = NS_LIST("--nproc=0:100", scratch_cradle(), "--", "sh",
		    "-c", "echo lives; exec sleep 4008"),
		.unprivileged = true });
	ns_expect_line(ns, "too many processes: raise the container's", SOON);
	ns_expect_line(ns, "next life in", SOON);
	limit_processes(ns, 100);
	ns_expect_line(ns, "lives", SOON);

	pid_t one = proc_await(ns, "sleep 4008", ns->pid, SOON);
	limit_processes(ns, 0);
	assert_int_equal(kill(one, SIGKILL), 0);
	ns_expect_line(ns, "too many processes: raise the container's", SOON);
	limit_processes(ns, 100);
	ns_expect_line(ns, "lives", SOON);
	ns_signal(ns, SIGTERM);
	assert_int_equal(ns_exit_status(ns, SOON), 128 + SIGTERM);
	ns_end(ns);
}

/* Each of its three writers, and none at another's cost. */
static void
node_options_are_the_users_and_the_heaps_and_the_reports(void **unused)
{
	char *file = scratch_write("c.json",
	    "{ \"services\": { \"one\": { \"command\": [\"sh\", \"-c\", "
	    "\"echo =$NODE_OPTIONS=; exec sleep 4009\"],\n"
	    "    \"env\": { \"NODE_OPTIONS\": \"--no-warnings\" }, "
	    "\"heap\": \"300MB\",\n"
	    "    \"alive\": { \"exec\": [\"true\"] }, \"report\": true } } "
	    "}\n");

	(void)unused;
	struct ns *ns = ns_run(NS_LIST("-c", file));
	ns_expect_line(ns,
	    "=--no-warnings --max-old-space-size=300 --report-on-signal "
	    "--report-signal=SIGABRT=",
	    SOON);
	ns_end(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NS_TEST(a_service_is_who_its_configuration_says),
		NS_TEST(
		    an_unknown_user_or_group_ends_with_78_before_anything_starts),
		NS_TEST(only_root_becomes_another),
		NS_TEST(
		    cradle_lives_in_the_root_and_the_app_where_it_was_called),
		NS_TEST(inherited_descriptors_are_the_first_lifes),
		NS_TEST(passed_sockets_are_every_lifes_with_its_own_pid),
		NS_TEST(a_hopeless_exec_ends_with_its_code_and_one_line),
		NS_TEST(a_script_without_a_first_line_is_the_shells),
		NS_TEST(too_long_arguments_are_named),
		NS_TEST(a_program_that_is_being_written_is_tried_again),
		NS_TEST(too_many_processes_of_a_user_are_waited_for),
		NS_TEST(
		    tasks_probes_and_hooks_are_who_their_configuration_says_too),
		NS_TEST(a_fork_that_fails_is_tried_again),
		NS_TEST(
		    node_options_are_the_users_and_the_heaps_and_the_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
