#ifndef TESTS_SYSTEM_NS_H
#define TESTS_SYSTEM_NS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * cradle as PID 1 of a PID namespace of its own, with its own /proc, and its
 * two outputs captured.  Everything waits for events with a deadline and fails
 * the test, with the whole output printed, when it passes.  Where namespaces
 * are not permitted the test is skipped with one line that says so.
 *
 * Processes are named by their pids as seen from outside.  The files of the
 * host are the namespace's too, and so is the network.
 */

struct ns_stream {
	int fd;     /* -1 after the end */
	char *data; /* NUL-terminated */
	size_t len;
	size_t size;
	size_t seen; /* lines before it have been matched */
};

struct ns {
	bool used;
	pid_t pid; /* of cradle, from outside; 0 when it has been waited for */
	int pidfd;
	int status; /* as wait(2) has it, once pid is 0 */
	bool plain;
	ino_t pid_namespace;
	struct ns_stream out;
	struct ns_stream err;
};

struct ns_options {
	char *const *args;    /* what follows "cradle"; NULL: nothing */
	char *const *env;     /* NULL: PATH alone */
	const char *cwd;      /* NULL: / */
	const char *program;  /* NULL: the binary under test */
	const char *writable; /* with readonly: a folder that stays writable */
	bool plain;           /* an ordinary child, not PID 1 */
	bool unprivileged;    /* uid and gid 65534, no other group */
	bool readonly;        /* every file system read-only */
	bool ignore_usr1;     /* cradle inherits SIGUSR1 as ignored */
};

#define NS_LIST(...) ((char *[]){ __VA_ARGS__, NULL })

/* "PATH=..." of the test itself, for an environment that is given whole. */
char *ns_path(void);

/* Start it; the harness owns what is returned, until ns_end. */
struct ns *ns_start(const struct ns_options *options);

/* ns_start for a command line and nothing else. */
struct ns *ns_run(char *const args[]);

/*
 * Wait for a whole line that holds text, in either output, behind the last line
 * that was matched there.
 */
void ns_expect_line(struct ns *ns, const char *text, int ms);

/* Whether text is anywhere in what has been read so far. */
bool ns_has(const struct ns *ns, const char *text);

/* How many lines of what has been read so far hold text. */
int ns_count(const struct ns *ns, const char *text);

void ns_signal(const struct ns *ns, int signal);

/* Wait for the end: the exit code, or 128 + n. */
int ns_exit_status(struct ns *ns, int ms);

/* Read what the outputs hold now, waiting at most ms for something. */
void ns_pump(struct ns *ns, int ms);

/*
 * Wait until holds(arg) is true: for what has no event, such as /proc.  What is
 * named in the failure.
 */
typedef bool ns_condition(struct ns *ns, void *arg);
void ns_wait(
    struct ns *ns, ns_condition *holds, void *arg, int ms, const char *what);

/* Stop listening: both pipes have no reader any more. */
void ns_deafen(struct ns *ns);

/* Fail the test and print both outputs. */
void ns_fail(const struct ns *ns, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/*
 * Kill everything that is left and free; asserts that no process of it lives.
 * The teardown does the same for whatever a failed test left behind.
 */
void ns_end(struct ns *ns);
int ns_teardown(void **state);

int64_t ns_now_ms(void);

/* One test with the teardown, for the table of a test program. */
#define NS_TEST(name) cmocka_unit_test_teardown(name, ns_teardown)

#endif
