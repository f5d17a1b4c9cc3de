#include "config/ecosystem_eval.h"

#include "config/json.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_FD 3
#define WORDS_MAX 512
#define AFTER_MS 1000 /* to end by itself once it has answered */

/*
 * One line at ANSWER_FD: '+' and the JSON, or '-' and why there is none.  A
 * file that keeps something open, such as a timer, is not waited for.  import()
 * takes every kind of module, and gives what a CommonJS one exports as its
 * default.
 */
static const char program[] =
    "const [file, ...words] = process.argv.slice(1);"
    "process.argv = [process.execPath, ...words];"
    "const say = (text) => {"
    "  try { require('fs').writeFileSync(3, text + '\\n'); }"
    "  finally { process.exit(0); }"
    "};"
    "const blame = (e) => {"
    "  const text = String((e && e.message) || e).split('\\n')[0];"
    "  const stack = String((e && e.stack) || '');"
    "  const at = stack.split(file + ':')[1];"
    "  const line = at && parseInt(at, 10);"
    "  say('-' + ((e && e.name) ? e.name + ': ' : '') + text"
    "    + (line ? ' (line ' + line + ')' : ''));"
    "};"
    "import(require('url').pathToFileURL(file).href).then((m) => {"
    "  let c = m.default === undefined ? m : m.default;"
    "  if (c && c.__esModule && c.default !== undefined) c = c.default;"
    "  return c;"
    "}).then((c) => {"
    "  if (typeof c === 'function')"
    "    throw new Error('it exports a function, which PM2 does not call');"
    "  if (c === null || typeof c !== 'object')"
    "    throw new Error('it exports neither an object nor a list');"
    "  say('+' + JSON.stringify(c));"
    "}).catch(blame);";

struct run {
	const struct ecosystem_eval *ask;
	struct plan_error *error;
	pid_t pid;
	int answer;  /* our end of the pipe; -1 when it has said all */
	int signals; /* a signalfd */
	char *data;
	size_t size;
	bool answered;
	bool dead;
	int status; /* as wait(2) has it, once it is dead */
};

static int
fail(struct run *r, const char *why)
{
	r->error->code = EXITS_CONFIG;
	(void)snprintf(r->error->text, sizeof(r->error->text),
	    "cannot evaluate %.300s: %.500s", r->ask->shown, why);
	return -1;
}

static void
child(const struct ecosystem_eval *ask, int answer, const sigset_t *mask)
{
	char *argv[WORDS_MAX + 8] = { "node", "-e", (char *)program, "--",
		(char *)ask->path };
	char why[128];
	for (size_t i = 0; i < WORDS_MAX && ask->words[i] != NULL; i++)
		argv[5 + i] = ask->words[i];
	int null = open("/dev/null", O_RDWR);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null != -1)
		(void)dup2(null, STDIN_FILENO);
	if (answer == ANSWER_FD)
		(void)fcntl(answer, F_SETFD, 0);
	else
		(void)dup2(answer, ANSWER_FD);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	execvpe(argv[0], argv, ask->envp);
	int n = snprintf(why, sizeof(why),
	    "-node cannot be run: %s (install it, or write the file as "
	    "JSON)\n",
	    strerror(errno));
	(void)fd_write_all(ANSWER_FD, why, (size_t)n);
	_exit(EXITS_NOT_FOUND);
}

static int
take(struct run *r)
{
	while (r->answer != -1) {
		size_t room = JSON_SIZE_MAX + 2 - r->size;
		ssize_t n =
		    room == 0 ? 0 : read(r->answer, r->data + r->size, room);
		if (room == 0)
			return fail(r, "what it exports is larger than 1 MiB");
		if (n == -1 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			r->answer = -1;
		else
			r->size += (size_t)n;
		if (n > 0 && r->data[r->size - 1] == '\n') {
			r->answered = true;
			r->answer = -1;
		}
	}
	return 0;
}

static int
hear(struct run *r)
{
	struct signalfd_siginfo got;
	if (read(r->signals, &got, sizeof(got)) != sizeof(got))
		return 0;
	if (got.ssi_signo == SIGCHLD) {
		/* Where SIGCHLD came ignored there is no status to be had. */
		r->dead = waitpid(r->pid, &r->status, WNOHANG) != 0;
		return 0;
	}
	r->error->code = EXITS_SIGNALED + (int)got.ssi_signo;
	r->error->text[0] = '\0';
	return -1;
}

/* Until it has ended: what has answered may still say goodbye. */
static int
listen_to(struct run *r)
{
	int64_t deadline = clock_ms() + r->ask->timeout_ms;
	while (!r->dead) {
		struct pollfd polled[] = {
			{ .fd = r->signals, .events = POLLIN },
			{ .fd = r->answer, .events = POLLIN },
		};
		bool before = r->answered;
		int n = poll(polled, ARRAY_LEN(polled), clock_left(deadline));
		if (n == -1 && errno != EINTR)
			return fail(r, strerror(errno));
		if (n == 0 && r->answered)
			return 0;
		if (n == 0)
			return fail(r,
			    "it has not ended within its time (it must not "
			    "wait for anything)");
		if ((polled[0].revents != 0 && hear(r) == -1) || take(r) == -1)
			return -1;
		if (r->answered && !before)
			deadline = clock_ms() + AFTER_MS;
	}
	return take(r);
}

/* What is left of its group goes with it. */
static void
end(struct run *r)
{
	(void)kill(-r->pid, SIGKILL);
	if (!r->dead)
		(void)waitpid(r->pid, &r->status, 0);
}

static int
judge(struct run *r, struct plan_text *ret)
{
	char why[128];
	if (!r->answered) {
		(void)snprintf(why, sizeof(why),
		    "node ended with %s %d and has not said what it exports",
		    WIFSIGNALED(r->status) ? "signal" : "code",
		    WIFSIGNALED(r->status) ? WTERMSIG(r->status)
					   : WEXITSTATUS(r->status));
		return fail(r, why);
	}
	r->data[r->size - 1] = '\0';
	if (r->data[0] != '+')
		return fail(r, r->data + 1);
	*ret = (struct plan_text){ r->ask->shown, r->data + 1, r->size - 2 };
	return 0;
}

static int
run(struct run *r, int answer, const sigset_t *mask, struct plan_text *ret)
{
	r->pid = fork();
	if (r->pid == 0)
		child(r->ask, answer, mask);
	(void)close(answer);
	if (r->pid == -1)
		return fail(r, strerror(errno));
	(void)setpgid(r->pid, r->pid);
	int heard = listen_to(r);
	end(r);
	return heard == -1 ? -1 : judge(r, ret);
}

int
ecosystem_eval(const struct ecosystem_eval *ask, struct arena *arena,
    struct plan_text *ret, struct plan_error *ret_error)
{
	struct run r = { .ask = ask, .error = ret_error };
	sigset_t heard;
	sigset_t before;
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) == -1)
		return fail(&r, strerror(errno));
	autoclose int ours = r.answer = pipes[0];
	(void)fd_nonblock(ours);
	(void)sigemptyset(&heard);
	(void)sigaddset(&heard, SIGTERM);
	(void)sigaddset(&heard, SIGINT);
	(void)sigaddset(&heard, SIGQUIT);
	(void)sigaddset(&heard, SIGCHLD);
	autoclose int signals = r.signals =
	    signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals == -1) {
		(void)close(pipes[1]);
		return fail(&r, strerror(errno));
	}
	(void)sigprocmask(SIG_BLOCK, &heard, &before);
	r.data = arena_room(arena, JSON_SIZE_MAX + 3);
	int done = run(&r, pipes[1], &before, ret);
	arena_keep(arena, r.size);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return done;
}
