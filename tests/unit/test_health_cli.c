#include "health_fake.h"

#include "core/exits.h"
#include "healthcheck/facts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>

static struct fake fake;
static char folder[64];

static int
start(void **unused)
{
	(void)unused;
	memset(&fake, 0, sizeof(fake));
	fake.ready = fake.started = true;
	fake_start(&fake);
	return 0;
}

static int
stop(void **unused)
{
	(void)unused;
	return fake_stop(&fake);
}

/* What one run said and how it ended; until the next run. */
struct run {
	int status;
	int64_t took_ms;
	char text[4096];
};

__attribute__((format(printf, 1, 2))) static const char *
text_of(const char *format, ...)
{
	static char text[8][256];
	static unsigned next;
	char *to = text[next++ % 8];
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(to, sizeof(text[0]), format, ap);
	va_end(ap);
	return to;
}

/* The text with its @ made the fake's port. */
static const char *
with_port(const char *text)
{
	size_t before = strcspn(text, "@");
	return text_of("%.*s%u%s", (int)before, text, fake.port,
	    text + before + (text[before] != '\0'));
}

/* `cradle health WORDS...` in a process of its own, in an empty folder. */
static const struct run *
run_health(const char *listen_variable, const char *const words[])
{
	static struct run run;
	char *argv[16] = { (char[]){ "health" } };
	int argc = 1;
	int out[2];
	int64_t before = clock_ms();

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = strdup(words[argc - 1]);
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(out[1], STDERR_FILENO);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)unsetenv("CRADLE_CONFIG");
		(void)unsetenv("CRADLE_HEALTH_LISTEN");
		if (listen_variable != NULL)
			(void)setenv(
			    "CRADLE_HEALTH_LISTEN", listen_variable, 1);
		if (chdir(folder) == -1)
			_exit(99);
		_exit(health_cli_main(argc, argv));
	}
	(void)close(out[1]);
	size_t have = 0;
	for (ssize_t n = 1; n > 0; have += (size_t)n) {
		n = read(out[0], run.text + have, sizeof(run.text) - 1 - have);
		assert_true(n >= 0);
	}
	run.text[have] = '\0';
	(void)close(out[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run.took_ms = clock_ms() - before;
	for (int i = 1; i < argc; i++)
		free(argv[i]);
	return &run;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_WORDS ((const char *const[]){ NULL })

static void
assert_run(const struct run *run, int status, const char *text)
{
	assert_string_equal(run->text, text);
	assert_int_equal(run->status, status);
}

static void
a_yes_is_0_and_silent_however_the_address_is_written(void **unused)
{
	(void)unused;
	static const char *const listens[] = { ":@", "0.0.0.0:@", "[::]:@",
		"127.0.0.1:@", "localhost:@" };
	static const char *const urls[] = { "http://127.0.0.1:@",
		"http://localhost:@/", "http://0.0.0.0:@/livez",
		"http://127.0.0.1:@/status?x" };
	for (size_t i = 0; i < ARRAY_LEN(listens); i++)
		assert_run(run_health(with_port(listens[i]), NO_WORDS), 0, "");
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		assert_run(run_health(NULL, WORDS(with_port(urls[i]))), 0, "");
}

static void
a_no_is_1_and_says_why(void **unused)
{
	(void)unused;
	const char *listen_at = text_of(":%u", fake.port);
	fake_set(&fake, FAKE_ANSWERS, false);

	assert_run(run_health(listen_at, NO_WORDS), EXITS_PROBE,
	    "cradle: not ready: api is starting: its last life was killed by "
	    "SIGKILL\n");
	assert_run(run_health(listen_at, WORDS("--ready")), EXITS_PROBE,
	    "cradle: not ready: api is starting: its last life was killed by "
	    "SIGKILL\n");
	assert_run(run_health(listen_at, WORDS("--startup")), EXITS_PROBE,
	    "cradle: not started: boot is not complete: secrets\n");
	assert_run(run_health(listen_at, WORDS("--live")), 0, "");
	fake_set(&fake, FAKE_SILENT, true);
	(void)poll(NULL, 0, FACTS_FRESH_MS + 50);
	assert_run(run_health(listen_at, WORDS("--live")), EXITS_PROBE,
	    "cradle: not live: PID 1 did not answer within 250 ms\n");
	assert_run(run_health(NULL,
		       WORDS(text_of("http://127.0.0.1:%u/no", fake.port))),
	    EXITS_PROBE, "cradle: not ready: status 404\n");
}

static void
nobody_there_is_1(void **unused)
{
	(void)unused;
	uint16_t port;
	int listener = fake_listener(&port);
	(void)close(listener);

	assert_run(run_health(text_of(":%u", port), NO_WORDS), EXITS_PROBE,
	    text_of("cradle: not ready: cannot ask localhost:%u: "
		    "Connection refused\n",
		port));
}

static void
a_silent_server_costs_no_more_than_the_timeout(void **unused)
{
	(void)unused;
	uint16_t port;
	int listener = fake_listener(&port);

	const struct run *run = run_health(
	    text_of("127.0.0.1:%u", port), WORDS("--timeout", "200ms"));

	assert_int_equal(run->status, EXITS_PROBE);
	assert_in_range(run->took_ms, 199, 1500);
	assert_non_null(strstr(run->text, "timed out"));
	(void)close(listener);
}

static void
a_server_that_drips_costs_no_more_than_the_timeout(void **unused)
{
	(void)unused;
	uint16_t port;
	int listener = fake_listener(&port);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = accept(listener, NULL, NULL);
		while (send(fd, "H", 1, MSG_NOSIGNAL) == 1)
			(void)poll(NULL, 0, 20);
		_exit(0);
	}

	const struct run *run =
	    run_health(text_of("127.0.0.1:%u", port), WORDS("--timeout=200ms"));

	assert_int_equal(run->status, EXITS_PROBE);
	assert_in_range(run->took_ms, 199, 1500);
	(void)waitpid(pid, NULL, 0);
	(void)close(listener);
}

static void
a_unix_socket_is_asked_too(void **unused)
{
	(void)unused;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char request[512];
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", folder);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(listener, 5), 0);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2; i++) {
			int fd = accept(listener, NULL, NULL);
			(void)client_read(
			    fd, request, sizeof(request), "\r\n\r\n", 3000);
			if (strncmp(request, "GET /livez ", 11) == 0)
				client_send(fd, "HTTP/1.1 200 OK\r\n\r\n");
			(void)close(fd);
		}
		_exit(0);
	}

	assert_run(run_health(text_of("unix:%s", un.sun_path), WORDS("--live")),
	    0, "");
	assert_run(
	    run_health(NULL, WORDS("--live", text_of("unix:%s", un.sun_path))),
	    0, "");
	(void)waitpid(pid, NULL, 0);
	(void)close(listener);
	(void)unlink(un.sun_path);
}

static void
the_configuration_names_the_address_when_no_variable_does(void **unused)
{
	(void)unused;
	static const char *const files[] = {
		"{\"health\":{\"listen\":\":@\"}}",
		"{\"health\":{\"listen\":\":@\"},"
		"\"services\":{\"api\":{\"command\":[\"x\"]}}}",
	};
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *path = text_of("%s/cradle.json", folder);
		FILE *file = fopen(path, "we");
		assert_non_null(file);
		assert_true(fputs(with_port(files[i]), file) >= 0);
		assert_int_equal(fclose(file), 0);

		assert_run(run_health(NULL, NO_WORDS), 0, "");
		assert_run(run_health(NULL, WORDS("-c", path)), 0, "");
		assert_int_equal(unlink(path), 0);
	}
	const struct run *run = run_health(NULL, NO_WORDS);
	assert_int_equal(run->status, EXITS_PROBE);
	assert_non_null(strstr(run->text, "health.listen is not set"));
}

static void
wrong_words_are_64_in_one_line(void **unused)
{
	(void)unused;
	static const char *const cases[][3] = {
		{ "--nope" },
		{ "--ready", "--live" },
		{ "http://127.0.0.1:1", "http://127.0.0.1:2" },
		{ "https://127.0.0.1/" },
		{ "http://example.org/" },
		{ "127.0.0.1:9400" },
		{ "--live", "http://127.0.0.1:1/x" },
		{ "--timeout" },
		{ "--timeout", "soon" },
		{ "--timeout", "0s" },
		{ "-c" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const words[] = { cases[i][0], cases[i][1], NULL };
		const struct run *run = run_health(NULL, words);
		const char *newline = strchr(run->text, '\n');
		assert_int_equal(run->status, EXITS_USAGE);
		assert_int_equal(
		    strncmp(run->text, "cradle: cannot take ", 20), 0);
		assert_non_null(newline);
		assert_int_equal(newline[1], '\0');
	}
}

static void
help_is_on_stdout_and_0(void **unused)
{
	(void)unused;
	const struct run *run = run_health(NULL, WORDS("--help"));

	assert_int_equal(run->status, 0);
	assert_non_null(strstr(run->text, "Usage: cradle health"));
}

int
main(void)
{
#define STARTED(test) cmocka_unit_test_setup_teardown(test, start, stop)
	const struct CMUnitTest tests[] = {
		STARTED(a_yes_is_0_and_silent_however_the_address_is_written),
		STARTED(a_no_is_1_and_says_why),
		cmocka_unit_test(nobody_there_is_1),
		cmocka_unit_test(
		    a_silent_server_costs_no_more_than_the_timeout),
		cmocka_unit_test(
		    a_server_that_drips_costs_no_more_than_the_timeout),
		cmocka_unit_test(a_unix_socket_is_asked_too),
		STARTED(
		    the_configuration_names_the_address_when_no_variable_does),
		cmocka_unit_test(wrong_words_are_64_in_one_line),
		cmocka_unit_test(help_is_on_stdout_and_0),
	};
	(void)signal(SIGPIPE, SIG_IGN);
	strcpy(folder, "/tmp/cradle-health-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(folder);
	return failed;
}
