/*
 * Looking into a process: here into this one.
 */
#include "supervisor/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#define LOW 100
#define HIGH 120

static int
open_socket(ino_t *inode)
{
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(fd, errno);
	assert_return_code(fstat(fd, &st), errno);
	*inode = st.st_ino;
	return fd;
}

static void
close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_return_code(close(fds[i]), errno);
}

static void
a_socket_is_found_under_each_of_its_numbers(void **unused)
{
	ino_t inode;
	int fd = open_socket(&inode);
	int low = fcntl(fd, F_DUPFD, LOW);
	int high = fcntl(fd, F_DUPFD, HIGH);

	(void)unused;
	assert_int_equal(peek_number(getpid(), inode, 0), fd);
	assert_int_equal(peek_number(getpid(), inode, fd + 1), low);
	assert_int_equal(peek_number(getpid(), inode, low + 1), high);
	assert_int_equal(peek_number(getpid(), inode, high + 1), -ENOENT);
	assert_true(peek_holds(getpid(), inode));
	close_all((int[]){ fd, low, high }, 3);
	assert_false(peek_holds(getpid(), inode));
}

static void
around_a_descriptor_are_its_copies_and_who_watches_it(void **unused)
{
	ino_t inode, other_inode;
	struct peek_around around;
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = 42 };
	int fd = open_socket(&inode);
	int other = open_socket(&other_inode);
	int low = fcntl(fd, F_DUPFD, LOW);
	int high = fcntl(fd, F_DUPFD, HIGH);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	(void)unused;
	assert_return_code(epoll_ctl(epoll, EPOLL_CTL_ADD, other, &e), errno);
	peek_around(getpid(), fd, inode, &around);
	assert_int_equal(around.epolls, 0);
	assert_int_equal(around.copies, 2);
	assert_int_equal(around.copy[0], low);
	assert_int_equal(around.copy[1], high);

	assert_return_code(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), errno);
	peek_around(getpid(), fd, inode, &around);
	assert_int_equal(around.epolls, 1);
	assert_int_equal(around.epoll[0].fd, epoll);
	assert_int_equal(around.epoll[0].data, 42);

	peek_around(getpid(), high, inode, &around);
	assert_int_equal(around.epolls, 0);
	assert_int_equal(around.copy[0], fd);
	close_all((int[]){ fd, other, low, high, epoll }, 5);
}

static void
no_more_copies_are_told_than_there_is_room_for(void **unused)
{
	ino_t inode;
	struct peek_around around;
	int fd[PEEK_COPIES + 4] = { open_socket(&inode) };

	(void)unused;
	for (size_t i = 1; i < PEEK_COPIES + 4; i++)
		fd[i] = dup(fd[0]);
	peek_around(getpid(), fd[0], inode, &around);
	assert_int_equal(around.copies, PEEK_COPIES);
	close_all(fd, PEEK_COPIES + 4);
}

/* ---- descriptors of threads ---- */

static void *
duplicate_here(void *arg)
{
	*(int *)arg =
	    peek_duplicate((pid_t)syscall(SYS_gettid), *(const int *)arg);
	return NULL;
}

static void
a_descriptor_is_duplicated_for_a_process_and_for_a_thread(void **unused)
{
	ino_t inode, same;
	pthread_t thread;
	struct stat st;
	int fd = open_socket(&inode);

	(void)unused;
	if (!peek_can_duplicate())
		skip();
	int copy = peek_duplicate(getpid(), fd);
	assert_true(copy >= 0);
	int of_thread = fd;
	assert_int_equal(
	    pthread_create(&thread, NULL, duplicate_here, &of_thread), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(of_thread >= 0);
	assert_return_code(fstat(of_thread, &st), errno);
	same = st.st_ino;
	assert_int_equal(same, inode);
	close_all((int[]){ fd, copy, of_thread }, 3);
	assert_int_equal(peek_duplicate(getpid(), fd), -EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_found_under_each_of_its_numbers),
		cmocka_unit_test(
		    around_a_descriptor_are_its_copies_and_who_watches_it),
		cmocka_unit_test(
		    no_more_copies_are_told_than_there_is_room_for),
		cmocka_unit_test(
		    a_descriptor_is_duplicated_for_a_process_and_for_a_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
