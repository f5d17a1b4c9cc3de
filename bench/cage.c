#include "cage.h"
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define STACK 65536

static char page_name[512];

static const char *
page_path(void)
{
	if (page_name[0] == '\0') {
		const char *dir = measure_setting("BENCH_DIR");
		if (strlen(dir) > sizeof(page_name) - 8)
			measure_fail("the path %s is too long", dir);
		strcpy(page_name, dir);
		strcat(page_name, "/page");
	}
	return page_name;
}

void
cage_env_begin(struct cage_how *how)
{
	const char *dir = measure_setting("BENCH_DIR");
	static int count;

	memset(how->env, 0, sizeof(how->env));
	cage_env_add(how, measure_text("PATH=%s", measure_setting("PATH")));
	cage_env_add(how, measure_text("HOME=%s", dir));
	cage_env_add(how, measure_text("PM2_HOME=%s/pm2", dir));
	cage_env_add(how, measure_text("BENCH_PAGE=%s", page_path()));
	/* a name that others use is one that others ask after */
	cage_env_add(how, measure_text("CRADLE_CONTROL=%s/control-%d-%d", dir,
			      getpid(), ++count));
}

void
cage_env_add(struct cage_how *how, char *setting)
{
	size_t n = 0;

	while (how->env[n] != NULL)
		n++;
	if (n + 1 >= CAGE_SETTINGS_MAX)
		measure_fail("too many settings");
	how->env[n] = setting;
}

/* ---- its beginning ---- */

struct birth {
	const struct cage_how *how;
	struct cage *cage;
	int null;
	int error;
};

/* A /proc that shows its own processes, as every container has; else ours. */
static void
mount_proc(void)
{
	(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	(void)mount(
	    "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* Runs in our memory, as after vfork. */
static int
become(void *arg)
{
	struct birth *b = arg;
	int out = b->how->out == -1 ? b->null : b->how->out;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	mount_proc();
	(void)dup2(b->null, 0);
	(void)dup2(out, 1);
	(void)dup2(b->null, 2);
	if (b->how->dress != NULL)
		b->how->dress();
	b->cage->begun = page_now();
	(void)execve(b->how->argv[0], b->how->argv, b->how->env);
	b->error = errno;
	_exit(127);
}

static pid_t
clone_child(struct birth *b)
{
	static char stack[STACK] __attribute__((aligned(16)));
	int flags =
	    CLONE_VM | CLONE_VFORK | CLONE_NEWPID | CLONE_NEWNS | SIGCHLD;
	pid_t pid = clone(become, stack + STACK, flags, b);

	/* who is not root becomes root of a namespace first */
	if (pid == -1 && errno == EPERM)
		pid = clone(become, stack + STACK, flags | CLONE_NEWUSER, b);
	return pid;
}

void
cage_start(struct cage *cage, const struct cage_how *how)
{
	struct birth b = {
		.how = how,
		.cage = cage,
		.null = open("/dev/null", O_RDWR | O_CLOEXEC),
	};

	if (b.null == -1)
		measure_fail("cannot open /dev/null");
	cage->pid = clone_child(&b);
	(void)close(b.null);
	if (cage->pid == -1)
		measure_fail("cannot make a PID namespace: %s (try as root)",
		    strerror(errno));
	if (b.error != 0)
		measure_fail(
		    "cannot run %s: %s", how->argv[0], strerror(b.error));
	cage->pidfd = (int)syscall(SYS_pidfd_open, cage->pid, 0);
	if (cage->pidfd == -1)
		measure_fail("cannot watch a process: %s", strerror(errno));
}

/* ---- its end ---- */

bool
cage_ended(struct cage *cage, int ms, int64_t *ret_ended)
{
	struct pollfd pfd = { .fd = cage->pidfd, .events = POLLIN };

	if (poll(&pfd, 1, ms) != 1)
		return false;
	*ret_ended = page_now();
	return true;
}

int
cage_end(struct cage *cage)
{
	int status = -1;

	(void)kill(cage->pid, SIGKILL);
	(void)waitpid(cage->pid, &status, 0);
	(void)close(cage->pidfd);
	*cage = (struct cage){ .pidfd = -1 };
	return status;
}

int
cage_free_port(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&at, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		measure_fail("cannot find a free port");
	(void)close(fd);
	return ntohs(at.sin_port);
}

/* ---- its lives ---- */

static struct page *
map(void)
{
	int fd = open(page_path(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || ftruncate(fd, sizeof(struct page)) == -1)
		measure_fail("cannot make %s", page_path());
	void *at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		measure_fail("cannot map %s", page_path());
	(void)close(fd);
	return at;
}

struct page *
cage_page(uint32_t dying, uint32_t life_us)
{
	static struct page *page;

	if (page == NULL)
		page = map();
	memset(page, 0, sizeof(*page));
	page->dying = dying;
	page->life_us = life_us;
	return page;
}

bool
cage_lives(struct page *page, uint32_t lives, int ms)
{
	int64_t deadline = page_now() + (int64_t)ms * 1000000;
	uint32_t seen;

	while ((seen = page->lives) < lives) {
		int64_t left = deadline - page_now();
		if (left <= 0)
			return false;
		struct timespec wait = { .tv_sec = left / 1000000000,
			.tv_nsec = left % 1000000000 };
		(void)syscall(
		    SYS_futex, &page->lives, FUTEX_WAIT, seen, &wait, NULL, 0);
	}
	return true;
}

double
cage_first_life(const struct cage_how *how, const char *who, int ms)
{
	struct page *page = cage_page(0, 0);
	struct cage cage;

	cage_start(&cage, how);
	if (!cage_lives(page, 1, ms))
		measure_fail("no app under %s", who);
	double took = (double)(page->life[0].born - cage.begun) / 1e6;
	cage_end(&cage);
	return took;
}
