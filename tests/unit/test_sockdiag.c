#include "supervisor/sockdiag.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static ino_t wanted;
static bool found;

static void
look(ino_t inode, uid_t uid)
{
	if (inode == wanted) {
		found = true;
		assert_int_equal(uid, getuid());
	}
}

static bool
is_told(void)
{
	found = false;
	assert_int_equal(sockdiag_listeners(look), 0);
	return found;
}

static void
expect_told_while_it_listens(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);
	struct stat st;

	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	wanted = st.st_ino;
	assert_false(is_told());
	assert_int_equal(listen(fd, 1), 0); /* on a port of the kernel's */
	assert_true(is_told());
	(void)close(fd);
	assert_false(is_told());
}

static void
a_listening_socket_is_told(void **unused)
{
	(void)unused;
	expect_told_while_it_listens(AF_INET);
}

static void
one_of_the_newer_protocol_too(void **unused)
{
	(void)unused;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd == -1)
		skip();
	(void)close(fd);
	expect_told_while_it_listens(AF_INET6);
}

/* More than one part of an answer holds. */
static void
none_of_many_is_left_out(void **unused)
{
	int fd[200];

	(void)unused;
	for (size_t i = 0; i < 200; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_not_equal(fd[i], -1);
		assert_int_equal(listen(fd[i], 1), 0);
	}
	for (size_t i = 0; i < 200; i += 50) {
		struct stat st;
		assert_int_equal(fstat(fd[i], &st), 0);
		wanted = st.st_ino;
		assert_true(is_told());
	}
	for (size_t i = 0; i < 200; i++)
		(void)close(fd[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listening_socket_is_told),
		cmocka_unit_test(one_of_the_newer_protocol_too),
		cmocka_unit_test(none_of_many_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
