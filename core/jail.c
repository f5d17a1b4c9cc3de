#include "core/jail.h"

#include "core/buf.h"
#include "core/guard.h"
#include "core/jail_rules.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Two nets, each left out where the kernel or the container does not have it:
 * a seccomp filter that refuses the calls of jail_rules.h and lets all others
 * run (a list of what is allowed would break with each new C library), and a
 * Landlock domain for paths and TCP ports.
 */

#ifdef __x86_64__
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define NR_FOREIGN 0x40000000u /* x32: the same calls by other numbers */
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define NR_FOREIGN UINT32_MAX
#endif

#define OPENS_FOR_WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
#define NEW_NAMESPACE                                                \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	    CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

/* at most five instructions per rule, and a frame around them */
#define PROGRAM_MAX (5 * ARRAY_LEN(jail_rules) + 8)

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short len;
};

static void
emit(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	p->code[p->len++] = (struct sock_filter){ code, yes, no, k };
}

static void
emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
emit_refuse(struct program *p, int err)
{
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)err, 0, 0);
}

/* Little-endian: the low half of an argument comes first. */
static void
emit_load_arg(struct program *p, unsigned n)
{
	emit_load(
	    p, offsetof(struct seccomp_data, args) + n * sizeof(uint64_t));
}

/* Refuse when the argument has any of these bits; else allow. */
static void
emit_refuse_bits(struct program *p, unsigned arg, uint32_t bits, int err)
{
	emit_load_arg(p, arg);
	emit(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	emit_refuse(p, err);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void
emit_refuse_others(struct program *p, int err)
{
	emit_load_arg(p, 0);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0);
	emit_refuse(p, err);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/*
 * A test ends in an answer either way, so of the rules for one call those
 * without a test must come first in the table.
 */
static void
emit_rule(struct program *p, const struct jail_rule *rule)
{
	uint8_t body = rule->test == JAIL_TEST_NONE ? 1 : 4;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, rule->nr, 0, body);
	switch (rule->test) {
	case JAIL_TEST_NONE:
		emit_refuse(p, rule->err);
		break;
	case JAIL_TEST_ARG1_OPEN:
		emit_refuse_bits(p, 1, OPENS_FOR_WRITING, rule->err);
		break;
	case JAIL_TEST_ARG2_OPEN:
		emit_refuse_bits(p, 2, OPENS_FOR_WRITING, rule->err);
		break;
	case JAIL_TEST_CLONE:
		emit_refuse_bits(p, 0, NEW_NAMESPACE, rule->err);
		break;
	case JAIL_TEST_SELF:
		emit_refuse_others(p, rule->err);
		break;
	}
}

#ifdef NATIVE_ARCH
static void
emit_program(struct program *p, unsigned rights)
{
	p->len = 0;
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	emit_refuse(p, EPERM);
	emit_load(p, offsetof(struct seccomp_data, nr));
	emit(p, BPF_JMP | BPF_JGE | BPF_K, NR_FOREIGN, 0, 1);
	emit_refuse(p, EPERM);
	for (size_t i = 0; i < ARRAY_LEN(jail_rules); i++)
		if (jail_rules[i].rights & rights)
			emit_rule(p, &jail_rules[i]);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/*
 * SPEC_ALLOW (Linux 4.17) spares us the slow-down that older kernels give to
 * every process with a filter.
 */
static bool
enter_filter(unsigned rights)
{
	struct program p;
	emit_program(&p, rights);
	struct sock_fprog prog = { .len = p.len, .filter = p.code };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog) == 0)
		return true;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}
#else
static bool
enter_filter(unsigned rights)
{
	(void)rights;
	return false;
}
#endif

/*
 * Landlock, by number where the headers may be older than the kernel.  The
 * kernel takes a longer structure than it knows as long as the rest is zero.
 */
#define NR_LANDLOCK_CREATE_RULESET 444
#define NR_LANDLOCK_ADD_RULE 445
#define NR_LANDLOCK_RESTRICT_SELF 446

#define FS_TRUNCATE (UINT64_C(1) << 14)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                            \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |    \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |     \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |   \
	    LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)
#define FS_ON_A_FILE                                                    \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    FS_TRUNCATE)

struct domain {
	uint64_t fs; /* what is refused except where a rule allows it */
	uint64_t net;
};

static void
domain_of(const struct jail *jail, int abi, struct domain *ret)
{
	*ret = (struct domain){ 0 };
	if (jail->give_up & JAIL_FILES)
		ret->fs = FS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE |
			  (jail->readable ? FS_READ : 0);
	if (jail->give_up & (JAIL_NET | JAIL_CONNECT))
		ret->net |= NET_CONNECT_TCP;
	if (jail->give_up & (JAIL_NET | JAIL_LISTEN))
		ret->net |= NET_BIND_TCP;
	if (abi < 2)
		ret->fs &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (abi < 3)
		ret->fs &= ~FS_TRUNCATE;
	if (abi < 4)
		ret->net = 0;
}

/* A path that is not there stays out of reach. */
static void
allow_path(int ruleset, const char *path, uint64_t access)
{
	autoclose int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;
	if (fd == -1 || fstat(fd, &st) == -1)
		return;
	struct landlock_path_beneath_attr rule = {
		.allowed_access =
		    S_ISDIR(st.st_mode) ? access : access & FS_ON_A_FILE,
		.parent_fd = fd,
	};
	(void)syscall(NR_LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0);
}

static void
allow_paths(int ruleset, const char *const *paths, uint64_t access)
{
	for (size_t i = 0; paths != NULL && paths[i] != NULL; i++)
		allow_path(ruleset, paths[i], access);
}

static bool
enter_domain(const struct jail *jail)
{
	struct domain d;
	long abi = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return false;
	domain_of(jail, (int)abi, &d);
	if (d.fs == 0 && d.net == 0)
		return false;
	autoclose int ruleset =
	    (int)syscall(NR_LANDLOCK_CREATE_RULESET, &d, sizeof(d), 0);
	if (ruleset == -1)
		return false;
	if (d.fs != 0) {
		allow_paths(ruleset, jail->readable, d.fs & FS_READ);
		allow_paths(
		    ruleset, jail->writable, d.fs & (FS_READ | FS_WRITE));
	}
	return syscall(NR_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0;
}

void
jail_enter(const struct jail *jail, unsigned *ret_taken)
{
	unsigned by_filter =
	    (jail->give_up & ~(unsigned)JAIL_FILES) | JAIL_ADMIN;
	unsigned taken = 0;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (enter_domain(jail))
		taken |= jail->give_up & JAIL_FILES;
	if (enter_filter(by_filter))
		taken |= by_filter;
	*ret_taken = taken;
}

static const struct {
	unsigned right;
	const char *name;
} names[] = {
	{ JAIL_EXEC, "exec" },
	{ JAIL_NET, "net" },
	{ JAIL_LISTEN, "listen" },
	{ JAIL_CONNECT, "connect" },
	{ JAIL_OPEN, "open" },
	{ JAIL_WRITE, "write" },
	{ JAIL_ADMIN, "admin" },
	{ JAIL_FILES, "files" },
	{ JAIL_KILL, "kill" },
};

void
jail_names(unsigned bits, char *buf, unsigned size)
{
	struct buf text;

	buf_init(&text, buf, size);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (bits & names[i].right)
			buf_fmt(&text, "%s%s", text.len > 0 ? " " : "",
			    names[i].name);
	if (text.len == 0)
		buf_str(&text, "none");
}
