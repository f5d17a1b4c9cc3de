/*
 * The filter's program, run here as the kernel would run it: which calls are
 * told of, of which architecture, with which arguments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <cmocka.h>

#include "supervisor/filter.c" /* last: it bans what those declare */

#define X32 0x40000000 /* __X32_SYSCALL_BIT */
#define NEITHER 0U
#define ALL \
	(FILTER_OPTIONS | FILTER_PATHS | FILTER_CONNECT_16 | FILTER_CONNECT_28)

/* Classic BPF, as far as seccomp(2) lets it be used here. */
static uint32_t
run(const struct program *p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (unsigned i = 0; i < p->count; i++) {
		const struct sock_filter *step = &p->step[i];
		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(step->k <= sizeof(*data) - sizeof(a));
			memcpy(&a, (const char *)data + step->k, sizeof(a));
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == step->k ? step->jt : step->jf;
			break;
		case BPF_RET | BPF_K:
			return step->k;
		default:
			fail_msg("step %u: code %#x", i, step->code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

static bool
is_told(unsigned more, const struct seccomp_data *data)
{
	struct program p;
	assemble(&p, more);
	uint32_t answer = run(&p, data);
	if (answer != SECCOMP_RET_USER_NOTIF)
		assert_int_equal(answer, SECCOMP_RET_ALLOW);
	return answer == SECCOMP_RET_USER_NOTIF;
}

struct one {
	const char *what;
	struct seccomp_data data;
	unsigned needs; /* enum filter_more that it takes; ~0: never told */
};

#define CALL(number, ...)                                                  \
	{                                                                  \
		.nr = (int)(number), .arch = ARCH, .args = { __VA_ARGS__ } \
	}

static const struct one calls[] = {
	{ "bind", CALL(SYS_bind, 3), NEITHER },
	{ "listen", CALL(SYS_listen, 3), NEITHER },
	{ "read", CALL(SYS_read, 3), ~0U },
	{ "accept4", CALL(SYS_accept4, 3), ~0U },
	{ "close", CALL(SYS_close, 3), ~0U },
	{ "connect to a path",
	    CALL(SYS_connect, 3, 0, sizeof(struct sockaddr_un)), FILTER_PATHS },
	{ "connect to IPv4",
	    CALL(SYS_connect, 3, 0, sizeof(struct sockaddr_in)),
	    FILTER_PATHS | FILTER_CONNECT_16 },
	{ "connect to IPv6",
	    CALL(SYS_connect, 3, 0, sizeof(struct sockaddr_in6)),
	    FILTER_PATHS | FILTER_CONNECT_28 },
	{ "unlinkat", CALL(SYS_unlinkat, 3), FILTER_PATHS },
	{ "only IPv6", CALL(SYS_setsockopt, 3, IPPROTO_IPV6, IPV6_V6ONLY),
	    FILTER_OPTIONS },
	{ "a shared port", CALL(SYS_setsockopt, 3, SOL_SOCKET, SO_REUSEPORT),
	    FILTER_OPTIONS },
	{ "SO_REUSEPORT's number of another level",
	    CALL(SYS_setsockopt, 3, IPPROTO_TCP, SO_REUSEPORT), ~0U },
	{ "another option", CALL(SYS_setsockopt, 3, SOL_SOCKET, SO_REUSEADDR),
	    ~0U },
	{ "another one of IPv6",
	    CALL(SYS_setsockopt, 3, IPPROTO_IPV6, IPV6_UNICAST_HOPS), ~0U },
#if defined(__x86_64__)
	{ "unlink", CALL(SYS_unlink, 3), FILTER_PATHS },
	{ "rmdir", CALL(SYS_rmdir, 3), FILTER_PATHS },
	{ "bind of x32", CALL(X32 | SYS_bind, 3), ~0U },
	{ "getuid, socketcall of i386", CALL(SYS_getuid, 2), ~0U },
	{ "no call, bind of i386", CALL(361, 3), ~0U },
#endif
};

static void
what_is_told_depends_on_what_is_wanted(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		const struct one *c = &calls[i];
		for (unsigned more = 0; more <= ALL; more++) {
			bool want = (more & c->needs) == c->needs;
			if (is_told(more, &c->data) != want)
				fail_msg("%s, with %u", c->what, more);
		}
	}
}

static void
of_other_architectures_nothing_is_told(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct seccomp_data data = calls[i].data;
		data.arch = AUDIT_ARCH_RISCV64;
		for (unsigned more = 0; more <= ALL; more++)
			assert_false(is_told(more, &data));
	}
}

static void
programs_of_32_bits_have_numbers_of_their_own(void **unused)
{
	static const struct {
		int nr;
		uint64_t kind;
		bool told;
	} cases[] = {
		{ FILTER_BIND_32, 0, true },
		{ FILTER_LISTEN_32, 0, true },
		{ FILTER_SOCKETCALL_32, FILTER_SOCKETCALL_BIND, true },
		{ FILTER_SOCKETCALL_32, FILTER_SOCKETCALL_LISTEN, true },
		{ FILTER_SOCKETCALL_32, 1, false },  /* socket */
		{ FILTER_SOCKETCALL_32, 18, false }, /* accept4 */
		{ SYS_bind, 0, false },
		{ SYS_listen, 0, false },
		{ SYS_unlinkat, 0, false },
	};
	(void)unused;

	for (size_t i = 0; FILTER_ARCH_32 != 0 && i < ARRAY_LEN(cases); i++) {
		const struct seccomp_data data = { .nr = cases[i].nr,
			.arch = FILTER_ARCH_32,
			.args = { cases[i].kind } };
		for (unsigned more = 0; more <= ALL; more++)
			if (is_told(more, &data) != cases[i].told)
				fail_msg("%d, with %u", cases[i].nr, more);
	}
}

/* The kernel keeps such calls in a bitmap, and runs no filter for them. */
static void
what_is_always_allowed_is_so_without_a_look_at_arguments(void **unused)
{
	struct program p;

	(void)unused;
	for (unsigned more = 0; more <= ALL; more++) {
		assemble(&p, more);
		unsigned i = 0;
		/* number by number, as for a call that nobody knows */
		while (p.step[i].code != (BPF_RET | BPF_K)) {
			assert_true(
			    BPF_CLASS(p.step[i].code) == BPF_JMP ||
			    p.step[i].k == offsetof(struct seccomp_data, nr) ||
			    p.step[i].k == offsetof(struct seccomp_data, arch));
			i += BPF_CLASS(p.step[i].code) == BPF_JMP
				 ? 1U + p.step[i].jf
				 : 1U;
		}
		assert_int_equal(p.step[i].k, SECCOMP_RET_ALLOW);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_depends_on_what_is_wanted),
		cmocka_unit_test(of_other_architectures_nothing_is_told),
		cmocka_unit_test(programs_of_32_bits_have_numbers_of_their_own),
		cmocka_unit_test(
		    what_is_always_allowed_is_so_without_a_look_at_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
