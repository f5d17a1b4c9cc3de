#include "core/role.h"

#include "core/channel.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

/* A role's life in a child; what it returns is the exit status. */
typedef int life_fn(void);

static unsigned char buffer[WIRE_MESSAGE_MAX];
static int channel;
static int said; /* what the child wrote to stderr */
static pid_t child;

static void
be_born(life_fn *life)
{
	int theirs;
	int err[2];
	assert_int_equal(channel_open(&channel, &theirs), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	(void)fflush(NULL);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		(void)close(channel);
		(void)dup2(err[1], 2);
		role_use_channel(theirs);
		_exit(life());
	}
	(void)close(theirs);
	(void)close(err[1]);
	said = err[0];
}

static int
death(void)
{
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)close(channel);
	(void)close(said);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
say(const struct wire_msg *msg)
{
	assert_int_equal(wire_send(channel, msg), 0);
}

static void
hear(enum wire_type type, struct wire_msg *ret)
{
	assert_int_equal(fd_wait(channel, POLLIN, clock_ms() + PATIENCE_MS), 1);
	assert_int_equal(wire_recv(channel, buffer, false, ret), 1);
	assert_string_equal(wire_name(ret->type), wire_name(type));
}

static const struct wire_msg go = { .type = WIRE_GO, .fd = -1 };

static int
wait_for_go(void)
{
	struct wire_msg msg;
	while (role_recv(NEVER, &msg) == 1)
		if (msg.type == WIRE_GO)
			return 0;
	return 1;
}

static int
tell_environment(void)
{
	if (wait_for_go() != 0)
		return 1;
	log_info("not at this level");
	log_warn(0, "at this one");
	role_fail(69, "proxy %s\nby %d", getenv("https_proxy"), 7);
	return 0;
}

static int
be_a_role(void)
{
	role_begin("fetch");
	return tell_environment();
}

static void
settings_are_kept_and_never_returned(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	char line[256] = "";
	be_born(be_a_role);

	say(&(struct wire_msg){
	    .type = WIRE_LOGGING,
	    .fd = -1,
	    .field = {
		[LOGGING_LEVEL] = WIRE_NUM(LOG_WARN),
		[LOGGING_FORMAT] = WIRE_NUM(LOG_TEXT),
	    },
	});
	say(&(struct wire_msg){
	    .type = WIRE_SETENV,
	    .fd = -1,
	    .field = {
		[SETENV_NAME] = WIRE_STR("https_proxy"),
		[SETENV_VALUE] = WIRE_STR("http://proxy:3128"),
	    },
	});
	say(&go);

	hear(WIRE_FAILED, &msg);
	assert_int_equal(msg.field[FAILED_CODE].num, 69);
	assert_string_equal(
	    msg.field[FAILED_REASON].ptr, "proxy http://proxy:3128 by 7");
	assert_true(read(said, line, sizeof(line) - 1) > 0);
	assert_string_equal(line, "cradle: fetch: at this one\n");
	assert_int_equal(death(), 0);
}

static void
a_closed_channel_is_told(void **unused)
{
	(void)unused;
	be_born(wait_for_go);
	(void)close(channel);
	channel = -1;
	assert_int_equal(death(), 1);
}

static int
speak_for_ever(void)
{
	for (int i = 0; i < 1000000; i++)
		role_fail(70, "x");
	return 1;
}

static void
speaking_into_a_closed_channel_ends_quietly(void **unused)
{
	(void)unused;
	char line[64];
	struct wire_msg msg;
	be_born(speak_for_ever);
	hear(WIRE_FAILED, &msg);

	(void)close(channel);
	channel = -1;

	assert_int_equal(fd_read_full(said, line, sizeof(line)), 0);
	assert_int_equal(death(), 0);
}

static int
speak_much(void)
{
	static char text[WIRE_VALUE_MAX];
	for (int i = 0; i < 50; i++)
		role_send(&(struct wire_msg){
		    .type = WIRE_FETCH_VALUE,
		    .serial = (uint32_t)i,
		    .fd = -1,
		    .field = { [FETCH_VALUE_VALUE] =
				   WIRE_BIN(text, WIRE_SECRET_MAX) },
		});
	return 0;
}

static void
nothing_is_lost_when_pid_1_is_slow(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	be_born(speak_much);
	for (uint32_t i = 0; i < 50; i++) {
		hear(WIRE_FETCH_VALUE, &msg);
		assert_int_equal(msg.serial, i);
	}
	assert_int_equal(death(), 0);
}

static int
wait_in_vain(void)
{
	struct wire_msg msg;
	if (role_recv(0, &msg) != -ETIMEDOUT)
		return 1;
	if (role_recv(clock_ms() + 20, &msg) != -ETIMEDOUT)
		return 2;
	role_fail(0, "waited");
	return role_recv(clock_ms() + PATIENCE_MS, &msg) == 1 &&
		       msg.type == WIRE_GO && msg.serial == 42
		   ? 0
		   : 3;
}

static void
a_wait_ends_at_its_deadline(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	be_born(wait_in_vain);
	hear(WIRE_FAILED, &msg);
	say(&(struct wire_msg){ .type = WIRE_GO, .serial = 42, .fd = -1 });
	assert_int_equal(death(), 0);
}

static void
garbage_from_pid_1_is_a_defect(void **unused)
{
	(void)unused;
	char line[256] = "";
	be_born(wait_for_go);
	assert_int_equal(send(channel, "garbage", 7, MSG_NOSIGNAL), 7);
	assert_true(read(said, line, sizeof(line) - 1) > 0);
	assert_non_null(strstr(line, "cannot understand PID 1"));
	assert_int_equal(death(), EXITS_INTERNAL);
}

static int
look_back(void)
{
	struct wire_msg msg;
	if (role_recv(NEVER, &msg) != 1 || msg.type != WIRE_SCRIBE_SECRET)
		return 1;
	const char *value = msg.field[SCRIBE_SECRET_VALUE].ptr;
	if (strcmp(value, "hunter2!") != 0)
		return 2;
	(void)role_recv(0, &msg);
	for (size_t i = 0; i < 8; i++)
		if (value[i] != '\0')
			return 3;
	return 0;
}

static void
a_message_is_wiped_once_it_has_been_used(void **unused)
{
	(void)unused;
	be_born(look_back);
	say(&(struct wire_msg){
	    .type = WIRE_SCRIBE_SECRET,
	    .fd = -1,
	    .field = { [SCRIBE_SECRET_VALUE] = WIRE_STR("hunter2!") },
	});
	assert_int_equal(death(), 0);
}

static bool
is_ignored(int signal)
{
	struct sigaction act;
	return sigaction(signal, NULL, &act) == 0 && act.sa_handler == SIG_IGN;
}

static int
look_around(void)
{
	struct rlimit core;
	sigset_t all, mask;
	char name[17] = "";
	int parent_death = 0;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)signal(SIGUSR1, SIG_IGN);
	role_begin("courier");
	if (prctl(PR_GET_NAME, name) != 0 ||
	    strcmp(name, "cradle: courier") != 0)
		return 1;
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		return 3;
	if (prctl(PR_GET_PDEATHSIG, &parent_death) != 0 ||
	    parent_death != SIGKILL)
		return 4;
	if (sigprocmask(SIG_SETMASK, NULL, &mask) != 0 ||
	    sigismember(&mask, SIGTERM) || sigismember(&mask, SIGCHLD))
		return 5;
	if (!is_ignored(SIGPIPE) || !is_ignored(SIGTERM) ||
	    !is_ignored(SIGINT) || !is_ignored(SIGHUP))
		return 6;
	return is_ignored(SIGUSR1) ? 7 : 0;
}

static void
a_role_begins_small_and_deaf(void **unused)
{
	(void)unused;
	be_born(look_around);
	assert_int_equal(death(), 0);
}

static int
enter_jail(void)
{
	const struct jail jail = { .give_up = JAIL_EXEC };
	role_jail(&jail);
	return 0;
}

static void
the_jail_is_reported(void **unused)
{
	(void)unused;
	struct wire_msg msg;
	be_born(enter_jail);
	hear(WIRE_JAILED, &msg);
	int64_t bits = msg.field[JAILED_BITS].num;
	assert_true(bits == 0 || bits == (JAIL_EXEC | JAIL_ADMIN));
	assert_int_equal(death(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_kept_and_never_returned),
		cmocka_unit_test(a_closed_channel_is_told),
		cmocka_unit_test(speaking_into_a_closed_channel_ends_quietly),
		cmocka_unit_test(nothing_is_lost_when_pid_1_is_slow),
		cmocka_unit_test(a_wait_ends_at_its_deadline),
		cmocka_unit_test(garbage_from_pid_1_is_a_defect),
		cmocka_unit_test(a_message_is_wiped_once_it_has_been_used),
		cmocka_unit_test(a_role_begins_small_and_deaf),
		cmocka_unit_test(the_jail_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
