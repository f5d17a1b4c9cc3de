#include "supervisor/rebirth.h"

#include "core/clock.h"
#include "core/guard.h"
#include "supervisor/init.h"
#include "supervisor/spawn.h"
#include "supervisor/testament.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Made by the linker. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

#define WRITES_MAX 2

static struct init *subject; /* NULL: not armed */
static int early = -1;       /* the memory file that we are being made from */
static volatile int unfinished = -1; /* the one that we are writing */
static pid_t owner; /* a child before its exec shares our memory */
static char **arguments;

void
rebirth_remember(char *argv[])
{
	arguments = argv;
}

struct span
testament_image(void)
{
	uintptr_t from = (uintptr_t)__ehdr_start, to = (uintptr_t)_end;
	return (struct span){ from, to - from };
}

int
rebirths_recent(const struct rebirths *r, int64_t now)
{
	int recent = 0;
	for (int i = 0; i < REBIRTHS_KEPT && i < r->count; i++)
		if (now - r->at_ms[i] < REBIRTHS_WINDOW_MS)
			recent++;
	return recent;
}

void
rebirths_add(struct rebirths *r, unsigned tries, int64_t now)
{
	for (; tries > 0; tries--)
		r->at_ms[r->count++ % REBIRTHS_KEPT] = now;
}

static void
pass(int fd, bool on)
{
	(void)fcntl(fd, F_SETFD, on ? 0 : FD_CLOEXEC);
}

static void
pass_ear(const struct service *s, bool on)
{
	int fd[EAR_FDS];
	ear_descriptors(s, fd);
	for (size_t k = 0; k < EAR_FDS; k++)
		if (fd[k] != -1)
			pass(fd[k], on);
}

void
rebirth_pass_descriptors(const struct init *init, bool on)
{
	const struct streams *s = &init->streams;

	pass(init->self_fd, on);
	if (init->inherit.home > 0)
		pass(init->inherit.home, on);
	if (init->health_fd != -1)
		pass(init->health_fd, on);
	for (size_t i = 0; i < init->services; i++) {
		const struct service *spare = standby_spare(&init->service[i]);
		pass_ear(&init->service[i], on);
		if (spare != NULL)
			pass_ear(spare, on);
	}
	watch_descriptors(init, pass, on);
	held_descriptors(&init->handover.helds, pass, on);
	if (!s->on)
		return;
	pass(s->ring_fd, on);
	for (size_t i = 0; i < STREAMS_MAX; i++)
		if (s->stream[i].id != 0)
			pass(s->stream[i].read_end, on);
}

/* ---- what follows runs in the handler: system calls and plain stores ---- */

static int
write_all(int fd, const void *data, size_t size)
{
	const char *next = data;
	while (size > 0) {
		ssize_t n = write(fd, next, size);
		if (n <= 0)
			return -1;
		next += n;
		size -= (size_t)n;
	}
	return 0;
}

static struct span
span_of(const void *at, size_t size)
{
	return (struct span){ (uintptr_t)at, size };
}

static int
write_spans(int fd, const struct testament *t)
{
	const struct span *span[] = { &t->init, &t->plan, &t->sealed };

	if (write_all(fd, t, sizeof(*t)) == -1)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(span); i++)
		if (write_all(fd, (const void *)(uintptr_t)span[i]->at,
			span[i]->size) == -1)
			return -1;
	return lseek(fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

/*
 * A kernel that wants to hear that nobody will execute it, or an older one.
 * With every descriptor in use one that the next program makes anew gives way.
 */
static int
memory_file(void)
{
	(void)close(subject->signals.fd);
	int fd = memfd_create("cradle", MFD_NOEXEC_SEAL);
	return fd == -1 ? memfd_create("cradle", 0) : fd;
}

static int
write_testament(int sig, const siginfo_t *info)
{
	const struct environment *e = &subject->environment;
	struct testament t = {
		.magic = TESTAMENT_MAGIC,
		.version = CRADLE_VERSION,
		.image = testament_image(),
		.init = span_of(subject, sizeof(*subject)),
		.plan = span_of(subject->plan, subject->plan->size),
		.sealed = span_of(e->region.data, e->region.size),
		.sig = sig,
		.code = info->si_code,
		.address = (uintptr_t)info->si_addr,
		.unread = signals_unread_faults(),
		.newest = spawn_newest(),
		.self_fd = subject->self_fd,
		.guarded = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0,
	};
	(void)prctl(PR_GET_NAME, t.comm, 0, 0, 0);
	environment_show(e);
	if (unfinished != -1)
		(void)close(unfinished);
	unfinished = memory_file();
	int fd = unfinished;
	if (fd != -1 && write_spans(fd, &t) == -1) {
		(void)close(fd);
		fd = -1;
	}
	environment_hide(e);
	return fd;
}

/* The user's words stay in the title, behind ours. */
static void
set_title(int fd)
{
	static char title[sizeof(REBIRTH_TITLE) + 12] = REBIRTH_TITLE;
	char *end = title + sizeof(REBIRTH_TITLE) - 1;
	int digits = 1;

	for (int n = fd; n >= 10; n /= 10)
		digits++;
	end[digits] = '\0';
	for (; digits > 0; fd /= 10)
		end[--digits] = (char)('0' + fd % 10);
	arguments[0] = title;
}

/* Faults that somebody sends meanwhile wait for the new program's handler. */
static void
execute(int self_fd)
{
	signals_hold_faults();
	syscall(SYS_execveat, self_fd, "", arguments, environ, AT_EMPTY_PATH);
	execve("/proc/self/exe", arguments, environ);
}

/* No descriptor has that number: the next one knows nothing. */
static void
begin_with_nothing(int self_fd)
{
	set_title(INT_MAX);
	execute(self_fd);
}

static void
begin_again(int sig, const siginfo_t *info)
{
	static volatile sig_atomic_t entered;
	int64_t now = clock_ms();
	int fd = -1;

	if (subject == NULL || getpid() != owner)
		return;
	/* a fault in here, and again: it cannot even be written down */
	if (entered++ < WRITES_MAX &&
	    rebirths_recent(&subject->rebirths, now) < REBIRTHS_KEPT) {
		rebirths_add(&subject->rebirths, 1, now);
		fd = write_testament(sig, info);
	}
	if (fd == -1) {
		begin_with_nothing(subject->self_fd);
		return;
	}
	set_title(fd);
	rebirth_pass_descriptors(subject, true);
	execute(subject->self_fd);
}

void
rebirth_arm(struct init *init)
{
	if (arguments == NULL)
		return;
	subject = init;
	owner = getpid();
	signals_on_fault(begin_again);
}

/* Its title is ours still, and so are the descriptors of the state. */
static void
begin_once_more(int sig, const siginfo_t *info)
{
	struct testament t;

	(void)sig;
	(void)info;
	if (pread(early, &t, sizeof(t), 0) != (ssize_t)sizeof(t))
		return;
	t.tries++;
	if (t.tries > REBIRTHS_MAX ||
	    pwrite(early, &t, sizeof(t), 0) != (ssize_t)sizeof(t)) {
		begin_with_nothing(t.self_fd);
		return;
	}
	pass(early, true);
	execute(t.self_fd);
}

void
rebirth_arm_early(int fd)
{
	early = fd;
	signals_on_fault(fd == -1 ? NULL : begin_once_more);
	if (fd != -1)
		(void)signals_catch_faults();
}
