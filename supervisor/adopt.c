#include "supervisor/adopt.h"

#include "core/clock.h"
#include "core/exits.h"
#include "core/guard.h"
#include "core/log.h"
#include "core/signame.h"
#include "supervisor/ending.h"
#include "supervisor/init.h"
#include "supervisor/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define LOST (EXITS_INTERNAL << 8) /* wait(2)'s word for one nobody saw end */
#define PLAN_SIZE_MAX ((uint64_t)64 * 1024 * 1024)
#define SEALED_SIZE_MAX ((uint64_t)64 * 1024 * 1024)
#define FAREWELL_MS 10000

/* ---- reading ---- */

static int
read_all(int fd, void *data, uint64_t size)
{
	char *next = data;
	while (size > 0) {
		ssize_t n = read(fd, next, size);
		if (n == -1)
			return -errno;
		if (n == 0)
			return -ENODATA;
		next += n;
		size -= (uint64_t)n;
	}
	return 0;
}

/*
 * Into memory that is all zeros: what is zeros again is not touched, so that
 * tables that are nearly empty take no more memory than they did before.
 */
static int
read_mostly_empty(int fd, void *data, uint64_t size)
{
	static const char nothing[4096];
	static char part[sizeof(nothing)];
	char *next = data;

	while (size > 0) {
		uint64_t want = size < sizeof(part) ? size : sizeof(part);
		int r = read_all(fd, part, want);
		if (r < 0)
			return r;
		if (memcmp(part, nothing, want) != 0)
			memcpy(next, part, want);
		next += want;
		size -= want;
	}
	secret_wipe(part, sizeof(part));
	return 0;
}

static int
check_header(int fd, const struct testament *t)
{
	struct stat st;
	uint64_t size =
	    sizeof(*t) + t->init.size + t->plan.size + t->sealed.size;

	if (memcmp(t->magic, TESTAMENT_MAGIC, sizeof(t->magic)) != 0 ||
	    strncmp(t->version, CRADLE_VERSION, sizeof(t->version)) != 0 ||
	    t->image.size != testament_image().size ||
	    t->init.size != sizeof(struct init) ||
	    t->plan.size < sizeof(struct plan) ||
	    t->plan.size > PLAN_SIZE_MAX || t->sealed.size > SEALED_SIZE_MAX)
		return -EBADMSG;
	if (fstat(fd, &st) == -1)
		return -errno;
	return (uint64_t)st.st_size == size ? 0 : -EBADMSG;
}

/* Straight into guarded memory: the values are nowhere else meanwhile. */
static int
read_sealed(int fd, uint64_t size, struct secret *ret)
{
	if (size == 0)
		return 0;
	int r = secret_setup();
	if (r == 0)
		r = secret_new(ret, size);
	if (r == 0)
		r = read_all(fd, ret->data, size);
	if (ret->data != NULL)
		secret_shut(ret);
	return r;
}

struct move {
	struct span from;
	uint64_t to;
};

/*
 * Every aligned word that points into what has moved.  A number could look like
 * such a pointer: 47 bits of it would have to be those of a place that was
 * drawn by lot, so that nobody can write one on purpose.
 */
static void
relocate(void *memory, uint64_t size, const struct move *move, size_t moves)
{
	uint64_t *word = memory;
	for (uint64_t i = 0; i < size / sizeof(*word); i++) {
		for (size_t m = 0; m < moves; m++) {
			uint64_t offset = word[i] - move[m].from.at;
			if (offset >= move[m].from.size)
				continue;
			word[i] = move[m].to + offset;
			break;
		}
	}
}

static int
read_spans(int fd, struct init *init, const struct testament *t)
{
	struct secret sealed = { 0 };
	char *plan = mmap(NULL, t->plan.size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (plan == MAP_FAILED)
		return -errno;
	(void)madvise(plan, t->plan.size, MADV_DONTDUMP);
	int r = read_mostly_empty(fd, init, sizeof(*init));
	if (r == 0)
		r = read_all(fd, plan, t->plan.size);
	if (r == 0)
		r = read_sealed(fd, t->sealed.size, &sealed);
	if (r < 0)
		return r;

	const struct move move[] = {
		{ t->image, testament_image().at },
		{ t->plan, (uintptr_t)plan },
		{ t->sealed, (uintptr_t)sealed.data },
	};
	relocate(init, sizeof(*init), move, ARRAY_LEN(move));
	relocate(plan, t->plan.size, move, ARRAY_LEN(move));
	return init->plan == (void *)plan ? 0 : -EBADMSG;
}

static bool
service_makes_sense(const struct init *init, size_t i, const struct service *s)
{
	return s->init == init && s->plan == &init->plan->services[i] &&
	       s->index == i && (unsigned)s->state < LIFE_STATES &&
	       (unsigned)s->standby.state < SPARE_STATES && s->pid >= 0 &&
	       s->hook.pid >= 0 && s->old_group >= 0;
}

static bool
all_make_sense(const struct init *init)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (!service_makes_sense(init, i, s))
			return false;
		const struct service *spare = standby_spare(s);
		if (spare != NULL && (spare->spare_of != s ||
					 !service_makes_sense(init, i, spare)))
			return false;
	}
	return true;
}

static bool
makes_sense(const struct init *init, const struct testament *t)
{
	const struct environment *e = &init->environment;
	const struct boot *b = &init->boot;

	if ((uintptr_t)init - testament_image().at != t->init.at - t->image.at)
		return false;
	if ((unsigned)init->phase >= PHASES ||
	    (unsigned)b->state >= BOOT_STATES ||
	    b->task > init->plan->tasks_count || b->task_pid < 0 ||
	    init->services == 0 || init->services > PLAN_SERVICES_MAX ||
	    init->services != init->plan->services_count ||
	    e->plan != init->plan || e->wants > ENVIRONMENT_WANTS_MAX ||
	    e->region.size != t->sealed.size)
		return false;
	if (!all_make_sense(init))
		return false;
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].init != init || init->helper[i].pid < 0)
			return false;
	return true;
}

static void
wipe_file(int fd)
{
	static const char nothing[4096];
	off_t size = lseek(fd, 0, SEEK_END);

	for (off_t at = 0; at < size; at += (off_t)sizeof(nothing)) {
		size_t part = (size_t)(size - at) < sizeof(nothing)
				  ? (size_t)(size - at)
				  : sizeof(nothing);
		if (pwrite(fd, nothing, part, at) == -1)
			return;
	}
}

int
adopt_read(int fd, struct init *init, struct testament *ret)
{
	if (fcntl(fd, F_GET_SEALS) == -1) /* only a memory file has them */
		return -errno;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	int r = read_all(fd, ret, sizeof(*ret));
	if (r == 0)
		r = check_header(fd, ret);
	if (r == 0 && ret->guarded != 0)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (r == 0)
		r = read_spans(fd, init, ret);
	wipe_file(fd);
	(void)close(fd);
	if (r == 0 && !makes_sense(init, ret))
		r = -EBADMSG;
	if (r < 0)
		return r;
	ret->comm[sizeof(ret->comm) - 1] = '\0';
	(void)prctl(PR_SET_NAME, ret->comm, 0, 0, 0);
	rebirth_pass_descriptors(init, false);
	return 0;
}

/* ---- processes ---- */

static bool
is_child(pid_t pid)
{
	siginfo_t info;
	return pid > 0 && waitid(P_PID, (id_t)pid, &info,
			      WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void
adopt_service(struct service *s)
{
	static const struct rusage unknown;
	bool here = is_child(s->pid);

	if (life_has_process(s->state)) {
		if (s->pid == 0)
			s->born_us = clock_us();
		if (!s->died && !here)
			ending_record(s, LOST, &unknown);
	} else {
		if (here)
			(void)kill(-s->pid, SIGKILL);
		s->pid = 0;
	}
	ear_adopt(s);
	alive_adopt(s, is_child);
	if (s->hook.pid != 0 && !is_child(s->hook.pid))
		(void)errand_died(&s->hook, s->hook.pid, LOST);
}

static bool
is_its(const struct service *s, pid_t pid)
{
	return s != NULL && (s->pid == pid || s->hook.pid == pid ||
				s->alive.ready_exec.errand.pid == pid ||
				s->alive.alive_exec.errand.pid == pid);
}

static bool
is_known(const struct init *init, pid_t pid)
{
	for (size_t i = 0; i < init->services; i++) {
		const struct service *s = &init->service[i];
		if (is_its(s, pid) || is_its(standby_spare(s), pid))
			return true;
	}
	for (int i = 0; i < ROLES; i++)
		if (init->helper[i].pid == pid)
			return true;
	return init->boot.task_pid == pid;
}

void
adopt_processes(struct init *init, const struct testament *t)
{
	struct boot *b = &init->boot;

	if (is_child(t->newest) && !is_known(init, t->newest) &&
	    kill(-t->newest, SIGKILL) == -1)
		(void)kill(t->newest, SIGKILL);
	for (size_t i = 0; i < init->services; i++) {
		struct service *s = &init->service[i];
		adopt_service(s);
		if (standby_spare(s) != NULL)
			adopt_service(standby_spare(s));
	}
	for (int i = 0; i < ROLES; i++)
		if (!is_child(init->helper[i].pid))
			init->helper[i].pid = 0;
	watch_adopt(init);
	if (b->task_pid != 0 && !b->task_died && !is_child(b->task_pid)) {
		b->task_died = true;
		b->task_status = LOST;
	}
}

/* ---- what is said ---- */

static void
describe(const struct testament *t, char *text, size_t size)
{
	if (t->sig == SIGABRT)
		(void)snprintf(text, size, "PID 1 failed an assertion");
	else
		(void)snprintf(text, size, "PID 1 hit %s at %#llx (code %d)",
		    signame(t->sig), (unsigned long long)t->address,
		    (int)t->code);
}

void
adopt_tell(struct init *init, const struct testament *t)
{
	const struct rebirths *r = &init->rebirths;
	int recent = rebirths_recent(r, clock_ms());
	char text[128];

	describe(t, text, sizeof(text));
	log_error(0, "%s and %s (time %d within %d s)", text,
	    recent > REBIRTHS_MAX ? "stops the services"
				  : "goes on in a new program",
	    recent, REBIRTHS_WINDOW_MS / 1000);
	struct obituary *one = obituary_new(&init->obituaries, EVENT_CRASH);
	if (one == NULL)
		return;
	one->service = "cradle";
	one->pid = getpid();
	one->exit_signal = t->sig;
	one->uptime_ms = (clock_us() - init->born_us) / 1000;
	one->restart = r->count;
	one->restarts_max = REBIRTHS_MAX;
	one->window = recent;
	if (recent > REBIRTHS_MAX)
		one->next_ms = SERVICE_NO_NEXT_MS;
	(void)snprintf(one->reason, sizeof(one->reason), "%s", text);
}

/* ---- when nothing is left to go by ---- */

static bool
is_nobody(pid_t pid)
{
	(void)pid;
	return false;
}

/* True when no child is left. */
static bool
bury_until(int64_t deadline)
{
	sigset_t child;
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid == -1 && errno == ECHILD)
			return true;
		int64_t left = deadline - clock_ms();
		if (left <= 0)
			return false;
		const struct timespec wait = { left / 1000,
			left % 1000 * 1000000 };
		if (pid == 0)
			(void)sigtimedwait(&child, NULL, &wait);
	}
}

int
adopt_nothing(int err)
{
	log_error(err, "PID 1 failed and cannot go on from what it knew: "
		       "everything is stopped");
	tree_signal(SIGTERM, is_nobody);
	if (!bury_until(clock_ms() + FAREWELL_MS)) {
		tree_signal(SIGKILL, is_nobody);
		(void)bury_until(clock_ms() + 1000);
	}
	return EXITS_INTERNAL;
}
