#include "envsubst/inject.h"

#include "envsubst/scan.h"

#include "core/clock.h"
#include "core/guard_heap.h"
#include "core/role.h"

#include "plot.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SOON 10000
#define NOBODY 65534
#define PAGE                                                                   \
	"<script>globalThis.import_meta_env=JSON.parse('\"" SCAN_WORD "\"')</" \
	"script>\n"

/* What PID 1 knows of a variable. */
struct known {
	const char *name;
	int kind;
	const char *value;
};

/* How the role ended, and what it said. */
struct outcome {
	int status;
	bool done;
	int64_t scanned;
	int64_t rewritten;
	int64_t placeholders;
	int64_t read;
	int64_t jail;
	int code;
	char reason[WIRE_TEXT_MAX + 1];
	unsigned asked;
	char said[8192]; /* on stderr */
};

static const char *csp = "";
static int siblings; /* of the choices of their keys, as maps */
static int maps;
static unsigned char memory[WIRE_MESSAGE_MAX];
static struct outcome result;

static int
set_up(void **unused)
{
	(void)unused;
	make_plot("/tmp", "inject");
	make_folder("dist");
	put("dist/index.html", PAGE);
	put("dist/app.js", "let a=1\n");
	put(".env.example", "API_URL=https://example.test\nTITLE=\n");
	return 0;
}

static void
play_role(int channel, int err, bool nobody)
{
	if (dup2(err, STDERR_FILENO) == -1 ||
	    (nobody && (setgid(NOBODY) == -1 || setuid(NOBODY) == -1)) ||
	    chdir(base) == -1)
		_exit(99);
	role_use_channel(channel);
	role_begin("inject");
	_exit(inject_main());
}

static void
tell(int channel, const struct wire_msg *msg)
{
	assert_int_equal(wire_send(channel, msg), 0);
}

static const char *allowed = "";

static void
tell_root(int channel, const char *root, const char *output, const char *store)
{
	tell(channel,
	    &(struct wire_msg){
		.type = WIRE_INJECT_ROOT,
		.fd = -1,
		.field = {
		    [INJECT_ROOT_ROOT] = WIRE_STR(root),
		    [INJECT_ROOT_EXAMPLE] = WIRE_STR(".env.example"),
		    [INJECT_ROOT_OUTPUT] = WIRE_STR(output),
		    [INJECT_ROOT_STORE] = WIRE_STR(store),
		    [INJECT_ROOT_NAMES] = WIRE_STR(""),
		    [INJECT_ROOT_MARKS] = WIRE_STR(""),
		    [INJECT_ROOT_PATH] = WIRE_STR("env.js"),
		    [INJECT_ROOT_GLOBAL] = WIRE_STR("window.env"),
		    [INJECT_ROOT_SIBLINGS] = WIRE_NUM(siblings),
		    [INJECT_ROOT_DIGESTS] = WIRE_NUM(1),
		    [INJECT_ROOT_MAPS] = WIRE_NUM(maps),
		    [INJECT_ROOT_CSP] = WIRE_STR(csp),
		    [INJECT_ROOT_ALLOWED] = WIRE_STR(allowed),
		},
	    });
}

static void
answer(int channel, const struct wire_msg *msg, const struct known *known)
{
	const char *name = msg->field[INJECT_ASK_NAME].ptr;
	struct known unset = { name, 0, "" };

	result.asked++;
	while (known->name != NULL && strcmp(known->name, name) != 0)
		known++;
	if (known->name == NULL)
		known = &unset;
	tell(channel,
	    &(struct wire_msg){
		.type = WIRE_INJECT_VAR,
		.serial = msg->serial,
		.fd = -1,
		.field = {
		    [INJECT_VAR_KIND] = WIRE_NUM(known->kind),
		    [INJECT_VAR_VALUE] =
			WIRE_BIN(known->value, strlen(known->value)),
		},
	    });
}

static void
take(int channel, const struct wire_msg *msg, const struct known *known)
{
	switch ((int)msg->type) {
	case WIRE_INJECT_ASK:
		answer(channel, msg, known);
		break;
	case WIRE_JAILED:
		result.jail = msg->field[JAILED_BITS].num;
		break;
	case WIRE_INJECT_DONE:
		result.done = true;
		result.scanned = msg->field[INJECT_DONE_SCANNED].num;
		result.rewritten = msg->field[INJECT_DONE_REWRITTEN].num;
		result.placeholders = msg->field[INJECT_DONE_PLACEHOLDERS].num;
		result.read = msg->field[INJECT_DONE_READ].num;
		assert_true(msg->field[INJECT_DONE_US].num > 0);
		break;
	case WIRE_FAILED:
		result.code = (int)msg->field[FAILED_CODE].num;
		(void)snprintf(result.reason, sizeof(result.reason), "%s",
		    msg->field[FAILED_REASON].ptr);
		break;
	default:
		fail_msg("unexpected %s", wire_name(msg->type));
	}
}

static void
be_pid1(int channel, const struct known *known)
{
	int64_t deadline = clock_ms() + SOON;
	for (;;) {
		struct wire_msg msg;
		assert_int_equal(fd_wait(channel, POLLIN, deadline), 1);
		int r = wire_recv(channel, memory, false, &msg);
		if (r == 0)
			return;
		assert_int_equal(r, 1);
		take(channel, &msg, known);
	}
}

struct asked_for {
	const char *root;
	const char *output;
	const char *store;
	bool nobody;
	const char *another; /* a second root, in place */
};

/* One life of the role. */
static void
start(const struct asked_for *a, const struct known *known)
{
	int pair[2];
	FILE *err = tmpfile();
	result = (struct outcome){ 0 };
	assert_non_null(err);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	autoclose int ours = pair[0];

	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)close(ours);
		play_role(pair[1], fileno(err), a->nobody);
	}
	assert_int_equal(close(pair[1]), 0);
	tell_root(ours, a->root, a->output ? a->output : "",
	    a->store ? a->store : "");
	if (a->another != NULL)
		tell_root(ours, a->another, "", "");
	tell(ours, &(struct wire_msg){ .type = WIRE_GO, .fd = -1 });
	be_pid1(ours, known);
	assert_int_equal(waitpid(pid, &result.status, 0), pid);
	assert_true(WIFEXITED(result.status));
	result.status = WEXITSTATUS(result.status);
	rewind(err);
	size_t n = fread(result.said, 1, sizeof(result.said) - 1, err);
	result.said[n] = '\0';
	assert_int_equal(fclose(err), 0);
}

static const struct known both[] = { { "API_URL", 1, "https://a.test" },
	{ "TITLE", 1, "" }, { 0 } };

static const struct asked_for in_place = { "dist", NULL, NULL, false, NULL };

#define PAGE_FILLED                                                    \
	"<script>globalThis.import_meta_env=JSON.parse('{\"API_URL\":" \
	"\"https:\\u002F\\u002Fa.test\",\"TITLE\":\"\"}')</script>\n"

static void
a_page_gets_the_public_variables(void **unused)
{
	(void)unused;
	start(&in_place, both);
	assert_string_equal(result.reason, "");
	assert_int_equal(result.status, 0);
	assert_true(result.done);
	assert_int_equal(result.asked, 2);
	assert_int_equal(result.scanned, 2);
	assert_int_equal(result.rewritten, 1);
	assert_int_equal(result.placeholders, 1);
	assert_true(result.read > 0);
	assert_string_equal(result.said, "");
	expect("dist/index.html", PAGE_FILLED);

	start(&in_place, both);
	assert_int_equal(result.rewritten, 0);
}

static void
it_works_from_inside_its_jail(void **unused)
{
	(void)unused;
	start(&in_place, both);
	assert_true(result.jail & JAIL_EXEC);
	assert_true(result.jail & JAIL_NET);
}

static void
an_unprivileged_user_writes_into_the_output(void **unused)
{
	struct asked_for a = { "dist", "out", NULL, geteuid() == 0, NULL };
	(void)unused;

	assert_int_equal(mkdir(at("out"), 0755), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(at("out"), NOBODY, NOBODY), 0);
	start(&a, both);
	assert_string_equal(result.reason, "");
	expect("out/index.html", PAGE_FILLED);
	expect("out/app.js", "let a=1\n");
	expect("dist/index.html", PAGE);
}

static void
a_store_may_be_anywhere_outside(void **unused)
{
	struct asked_for a = { "dist", NULL, "kept", false, NULL };
	(void)unused;

	start(&a, both);
	assert_string_equal(result.reason, "");
	expect("kept/originals/index.html", PAGE);
	a.store = "dist/kept";
	start(&a, both);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(result.reason, "would be served"));
}

static void
several_roots_are_apart_from_each_other(void **unused)
{
	struct asked_for a = { "dist", NULL, NULL, false, "admin" };
	(void)unused;

	assert_int_equal(mkdir(at("admin"), 0755), 0);
	put("admin/index.html", PAGE);
	start(&a, both);
	assert_string_equal(result.reason, "");
	assert_int_equal(result.asked, 2);
	assert_int_equal(result.rewritten, 2);
	expect("admin/index.html", PAGE_FILLED);

	assert_int_equal(mkdir(at("dist/inner"), 0755), 0);
	a.another = "dist/inner";
	start(&a, both);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(result.reason, "dist/inner"));
	a.another = "./dist/";
	start(&a, both);
	assert_int_equal(result.code, 78);
}

static void
all_that_is_missing_is_named_at_once(void **unused)
{
	static const struct known none[] = { { 0 } };
	(void)unused;

	start(&in_place, none);
	assert_int_equal(result.status, 78);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(
	    result.reason, ".env.example names API_URL, TITLE, not set"));
	assert_null(strchr(result.reason, '\n'));
	assert_null(strstr(result.reason, "example.test"));
	expect("dist/index.html", PAGE);
}

static void
what_looks_like_a_credential_must_be_allowed_by_name(void **unused)
{
	static const struct known tokens[] = {
		{ "API_URL", 1, "ghp_0123456789012345678901234" },
		{ "TITLE", 1, "x" },
		{ 0 },
	};
	(void)unused;

	start(&in_place, tokens);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(result.reason, "API_URL is a GitHub token"));
	assert_null(strstr(result.reason, "0123456789"));
	expect("dist/index.html", PAGE);
	allowed = "API_URL\n";
	start(&in_place, tokens);
	allowed = "";
	assert_string_equal(result.reason, "");
}

static void
a_secret_never_enters_an_asset(void **unused)
{
	static const struct known secret[] = { { "API_URL", 2, "" },
		{ "TITLE", 1, "x" }, { 0 } };
	(void)unused;

	start(&in_place, secret);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(result.reason, "API_URL, from a secret"));
	assert_null(strstr(result.reason, "TITLE"));
	expect("dist/index.html", PAGE);
}

static void
a_tree_without_a_placeholder_is_a_warning(void **unused)
{
	(void)unused;
	put("dist/index.html", "<p>static</p>");
	start(&in_place, both);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.rewritten, 0);
	assert_non_null(strstr(result.said, "no placeholder in the 2 files"));
	assert_int_equal(access(at(".dist.cradle"), F_OK), -1);
}

static void
a_root_or_an_example_that_is_not_there_is_named(void **unused)
{
	struct asked_for a = { "nowhere", NULL, NULL, false, NULL };
	(void)unused;

	start(&a, both);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(result.reason, "nowhere"));
	assert_int_equal(unlink(at(".env.example")), 0);
	start(&in_place, both);
	assert_int_equal(result.code, 78);
	assert_non_null(strstr(result.reason, ".env.example"));
}

static void
a_value_that_is_no_utf8_is_said(void **unused)
{
	static const struct known latin[] = { { "API_URL", 1, "caf\xe9" },
		{ "TITLE", 1, "x" }, { 0 } };
	(void)unused;

	start(&in_place, latin);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.said, "API_URL is not UTF-8"));
	assert_null(strstr(result.said, "caf"));
}

static void
the_hashes_of_inline_scripts_are_written_on_request(void **unused)
{
	char lines[256] = "";
	(void)unused;
	csp = "hashes";
	start(&in_place, both);
	csp = "";

	assert_string_equal(result.reason, "");
	autoclose int fd = open(at("hashes"), O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_true(read(fd, lines, sizeof(lines) - 1) > 0);
	assert_memory_equal(lines, "'sha256-", 8);
	assert_non_null(strstr(lines, "=' script index.html\n"));
}

static void
what_depends_on_a_file_is_left_on_request(void **unused)
{
	(void)unused;
	put("dist/index.html.gz", "stale");
	siblings = 2;
	start(&in_place, both);
	expect("dist/index.html.gz", "stale");
	siblings = 1;
	start(&in_place, both);
	assert_int_equal(access(at("dist/index.html.gz"), F_OK), -1);
	siblings = 0;
	start(&in_place, both);
	assert_int_equal(access(at("dist/index.html.gz"), F_OK), 0);
}

static void
padding_keeps_the_length_of_the_page(void **unused)
{
	static const struct known brief[] = { { "API_URL", 1, "" },
		{ "TITLE", 1, "" }, { 0 } };
	struct stat st;
	(void)unused;
	maps = 1;
	start(&in_place, brief);
	maps = 0;
	assert_string_equal(result.reason, "");
	assert_int_equal(stat(at("dist/index.html"), &st), 0);
	assert_int_equal(st.st_size, strlen(PAGE));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_gets_the_public_variables),
		TEST(it_works_from_inside_its_jail),
		TEST(an_unprivileged_user_writes_into_the_output),
		TEST(a_store_may_be_anywhere_outside),
		TEST(several_roots_are_apart_from_each_other),
		TEST(all_that_is_missing_is_named_at_once),
		TEST(what_looks_like_a_credential_must_be_allowed_by_name),
		TEST(a_secret_never_enters_an_asset),
		TEST(a_tree_without_a_placeholder_is_a_warning),
		TEST(a_root_or_an_example_that_is_not_there_is_named),
		TEST(a_value_that_is_no_utf8_is_said),
		TEST(the_hashes_of_inline_scripts_are_written_on_request),
		TEST(what_depends_on_a_file_is_left_on_request),
		TEST(padding_keeps_the_length_of_the_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
