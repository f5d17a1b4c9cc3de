#include "logs/ring.h"

#include "core/guard_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct ring
new_ring(size_t services)
{
	struct ring ring;
	int fd = -1;
	assert_int_equal(ring_create(services, &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(ring_attach(&ring, fd, services), 0);
	(void)close(fd);
	return ring;
}

static char text[RING_SIZE + 1];
static bool cut;

static const char *
tail_of(const struct ring *ring, size_t service, unsigned channel)
{
	size_t len = ring_tail(ring, service, channel, text, &cut);
	text[len] = '\0';
	return text;
}

static void
append(struct ring *ring, size_t service, unsigned channel, const char *what)
{
	ring_append(ring, service, channel, what, strlen(what));
}

static void
it_holds_what_was_appended(void **unused)
{
	(void)unused;
	struct ring ring = new_ring(3);
	assert_string_equal(tail_of(&ring, 0, 1), "");
	assert_false(cut);

	append(&ring, 0, 1, "one\n");
	append(&ring, 0, 1, "two\n");
	append(&ring, 0, 2, "err\n");
	append(&ring, 2, 2, "last\n");

	assert_string_equal(tail_of(&ring, 0, 1), "one\ntwo\n");
	assert_false(cut);
	assert_string_equal(tail_of(&ring, 0, 2), "err\n");
	assert_string_equal(tail_of(&ring, 1, 1), "");
	assert_string_equal(tail_of(&ring, 2, 2), "last\n");
	ring_detach(&ring);
	ring_detach(&ring);
}

static void
it_keeps_the_last_bytes_whatever_the_pieces(void **unused)
{
	(void)unused;
	enum { LEN = 3 * RING_SIZE + 123 };
	static char all[LEN];
	const size_t pieces[] = { 1, 7, 4096, RING_SIZE - 1, RING_SIZE,
		RING_SIZE + 1, 2 * RING_SIZE + 5, LEN };
	for (size_t i = 0; i < LEN; i++)
		all[i] = (char)('!' + i * 7 % 89);
	for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
		struct ring ring = new_ring(1);
		for (size_t at = 0; at < LEN; at += pieces[p]) {
			size_t n = LEN - at < pieces[p] ? LEN - at : pieces[p];
			ring_append(&ring, 0, 1, all + at, n);
		}
		assert_int_equal(ring_tail(&ring, 0, 1, text, &cut), RING_SIZE);
		assert_true(cut);
		assert_memory_equal(text, all + LEN - RING_SIZE, RING_SIZE);
		ring_detach(&ring);
	}
}

static void
a_new_life_begins_with_nothing(void **unused)
{
	(void)unused;
	struct ring ring = new_ring(1);
	assert_true(ring_begin(&ring, 0, 1, 5, true));
	append(&ring, 0, 1, "old\n");

	/* the same stream once more, from a new scribe */
	assert_true(ring_begin(&ring, 0, 1, 5, false));
	assert_string_equal(tail_of(&ring, 0, 1), "old\n");

	assert_true(ring_begin(&ring, 0, 1, 6, true));
	assert_string_equal(tail_of(&ring, 0, 1), "");
	append(&ring, 0, 1, "new\n");
	assert_string_equal(tail_of(&ring, 0, 1), "new\n");
	assert_false(cut);

	/* a newer one whose scribe died before it could begin it */
	assert_true(ring_begin(&ring, 0, 1, 9, false));
	assert_string_equal(tail_of(&ring, 0, 1), "");
	/* an older one changes nothing */
	append(&ring, 0, 1, "newest\n");
	assert_false(ring_begin(&ring, 0, 1, 6, false));
	assert_false(ring_is_current(&ring, 0, 1, 6));
	assert_true(ring_is_current(&ring, 0, 1, 9));
	assert_string_equal(tail_of(&ring, 0, 1), "newest\n");
	ring_detach(&ring);
}

static void
it_knows_an_incomplete_line(void **unused)
{
	(void)unused;
	struct ring ring = new_ring(1);
	assert_false(ring_mid_line(&ring, 0, 1));
	append(&ring, 0, 1, "x");
	assert_true(ring_mid_line(&ring, 0, 1));
	append(&ring, 0, 1, "\n");
	assert_false(ring_mid_line(&ring, 0, 1));
	append(&ring, 0, 1, "y");
	assert_true(ring_begin(&ring, 0, 1, 1, true));
	assert_false(ring_mid_line(&ring, 0, 1));
	ring_detach(&ring);
}

static void
it_outlives_who_wrote_it(void **unused)
{
	(void)unused;
	struct ring one, two;
	int fd = -1;
	assert_int_equal(ring_create(2, &fd), 0);
	assert_int_equal(ring_attach(&one, fd, 2), 0);
	append(&one, 1, 2, "still here\n");
	ring_detach(&one);

	assert_int_equal(ring_attach(&two, fd, 2), 0);

	assert_string_equal(tail_of(&two, 1, 2), "still here\n");
	ring_detach(&two);
	(void)close(fd);
}

/* Whatever the marks say, a reader stays within the file. */
static void
garbage_in_it_harms_nobody(void **unused)
{
	(void)unused;
	const uint64_t odd[] = { 0, 1, RING_SIZE - 1, RING_SIZE, RING_SIZE + 1,
		INT64_MAX, UINT64_MAX - 1, UINT64_MAX };
	struct ring ring = new_ring(1);
	uint64_t *mark = ring.map;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		for (size_t j = 0; j < ARRAY_LEN(odd); j++) {
			mark[0] = odd[i];
			mark[1] = odd[j];
			mark[2] = odd[j];
			(void)ring_mid_line(&ring, 0, 1);
			size_t n = ring_tail(&ring, 0, 1, text, &cut);
			assert_true(n <= RING_SIZE);
			append(&ring, 0, 1, "more");
			n = ring_tail(&ring, 0, 1, text, &cut);
			assert_true(n <= RING_SIZE);
		}
	ring_detach(&ring);
}

static void
a_file_of_another_size_is_refused(void **unused)
{
	(void)unused;
	struct ring ring;
	int fd = -1;
	assert_int_equal(ring_create(2, &fd), 0);
	assert_int_equal(ring_attach(&ring, fd, 3), -EINVAL);
	assert_int_equal(ring_attach(&ring, fd, 0), -EINVAL);
	assert_int_equal(ring_attach(&ring, fd, SIZE_MAX), -EINVAL);
	assert_int_equal(ring_attach(&ring, -1, 1), -EBADF);
	/* and it cannot be shortened under a reader */
	assert_int_equal(ftruncate(fd, 0), -1);
	(void)close(fd);
	assert_int_equal(ring_create(0, &fd), -EINVAL);
	assert_int_equal(ring_create(SIZE_MAX, &fd), -EINVAL);
}

static void
it_costs_memory_only_where_it_is_used(void **unused)
{
	(void)unused;
	struct stat st;
	struct ring ring;
	int fd = -1;
	assert_int_equal(ring_create(1024, &fd), 0);
	assert_int_equal(ring_attach(&ring, fd, 1024), 0);
	append(&ring, 1000, 1, "x");
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_blocks <= 64);
	ring_detach(&ring);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_was_appended),
		cmocka_unit_test(it_keeps_the_last_bytes_whatever_the_pieces),
		cmocka_unit_test(a_new_life_begins_with_nothing),
		cmocka_unit_test(it_knows_an_incomplete_line),
		cmocka_unit_test(it_outlives_who_wrote_it),
		cmocka_unit_test(garbage_in_it_harms_nobody),
		cmocka_unit_test(a_file_of_another_size_is_refused),
		cmocka_unit_test(it_costs_memory_only_where_it_is_used),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
