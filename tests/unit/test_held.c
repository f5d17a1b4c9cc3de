#include "supervisor/held.h"

#include "core/clock.h"
#include "core/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define GROUP 3
#define ONE UINT64_C(1)

static struct helds table;

static int
reset(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < table.top; i++)
		if (table.item[i].used && table.item[i].fd != -1)
			(void)close(table.item[i].fd);
	table = (struct helds){ .top = 0 };
	return 0;
}

static struct endpoint
v4(const char *address, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct endpoint e;
	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	assert_int_equal(endpoint_parse(&in, sizeof(in), &e), 0);
	return e;
}

static struct endpoint
v6(const char *address, uint16_t port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_flowinfo = 7 };
	struct endpoint e;
	assert_int_equal(inet_pton(AF_INET6, address, &in.sin6_addr), 1);
	assert_int_equal(endpoint_parse(&in, sizeof(in), &e), 0);
	return e;
}

static struct held *
keep(uint16_t port, bool listening)
{
	struct endpoint at = v4("0.0.0.0", port);
	struct held *h = held_ask(&table, GROUP, &at);
	assert_non_null(h);
	held_keep(h, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	h->listening = listening;
	return h;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/* ---- endpoints ---- */

static void
nothing_to_hold_on_to_is_left_alone(void **unused)
{
	const struct sockaddr_in any_port = { .sin_family = AF_INET };
	const struct sockaddr_in6 any_port6 = { .sin6_family = AF_INET6 };
	const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
	const sa_family_t netlink = AF_NETLINK;
	struct endpoint e;

	(void)unused;
	assert_int_equal(
	    endpoint_parse(&any_port, sizeof(any_port), &e), -EADDRNOTAVAIL);
	assert_int_equal(
	    endpoint_parse(&any_port6, sizeof(any_port6), &e), -EADDRNOTAVAIL);
	assert_int_equal(endpoint_parse(&unnamed, 2, &e), -EADDRNOTAVAIL);
	assert_int_equal(endpoint_parse(&unnamed, 3, &e), -EADDRNOTAVAIL);
	assert_int_equal(endpoint_parse(&netlink, 2, &e), -EADDRNOTAVAIL);
	assert_int_equal(endpoint_parse(&netlink, 1, &e), -EADDRNOTAVAIL);
	assert_int_equal(endpoint_parse(&any_port, sizeof(any_port) - 1, &e),
	    -EADDRNOTAVAIL);
}

static void
paths_end_at_their_nul_and_abstract_names_do_not(void **unused)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/x" };
	struct endpoint exact, padded, abstract;
	char text[ENDPOINT_TEXT];

	(void)unused;
	assert_int_equal(endpoint_parse(&a, 2 + 2, &exact), 0);
	assert_int_equal(endpoint_parse(&a, sizeof(a), &padded), 0);
	assert_true(endpoint_same(&exact, &padded));
	assert_string_equal(endpoint_path(&exact), "/x");

	a.sun_path[0] = '\0';
	assert_int_equal(endpoint_parse(&a, 2 + 2, &abstract), 0);
	assert_null(endpoint_path(&abstract));
	endpoint_text(&abstract, text);
	assert_string_equal(text, "@x");
}

static void
flow_labels_and_padding_make_no_difference(void **unused)
{
	struct endpoint a = v6("::", 80), b = v6("::", 80);
	char text[ENDPOINT_TEXT];

	(void)unused;
	assert_true(endpoint_same(&a, &b));
	endpoint_text(&a, text);
	assert_string_equal(text, "[::]:80");
}

static void
only_an_address_for_all_stands_in_the_way(void **unused)
{
	const struct endpoint all = v4("0.0.0.0", 80), one = v4("10.0.0.1", 80),
			      two = v4("127.0.0.1", 80), six = v6("::", 80),
			      other = v4("0.0.0.0", 81);

	(void)unused;
	assert_true(endpoint_in_the_way(&all, &one));
	assert_true(endpoint_in_the_way(&one, &all));
	assert_true(endpoint_in_the_way(&six, &one));
	assert_false(endpoint_in_the_way(&one, &two));
	assert_false(endpoint_in_the_way(&all, &all));
	assert_false(endpoint_in_the_way(&all, &other));
}

/* ---- the table ---- */

static void
a_socket_is_its_groups_alone(void **unused)
{
	struct held *h = keep(80, true);
	struct endpoint at = v4("0.0.0.0", 80);

	(void)unused;
	assert_ptr_equal(held_at(&table, GROUP, &at), h);
	assert_null(held_at(&table, GROUP + 1, &at));
	assert_ptr_equal(held_with(&table, GROUP, h->inode), h);
	assert_null(held_with(&table, GROUP + 1, h->inode));
}

static void
what_nobody_claims_is_closed_at_its_deadline(void **unused)
{
	struct held *h = keep(80, true);
	int fd = h->fd;

	(void)unused;
	h->claims = ONE << 5;
	held_unclaim(&table, ONE << 5, 0, 1000);
	assert_int_equal(held_deadline(&table), 1000);
	assert_int_equal(held_expire(&table, GROUP, 999), 0);
	assert_true(is_open(fd));
	assert_int_equal(held_expire(&table, GROUP, 1000), 1);
	assert_false(is_open(fd));
	assert_int_equal(held_deadline(&table), NEVER);
}

static void
another_claim_keeps_it(void **unused)
{
	struct held *h = keep(80, true);

	(void)unused;
	h->claims = ONE << 5;
	h->spares = ONE << 6;
	held_unclaim(&table, ONE << 5, 0, 0);
	assert_true(h->used);
	assert_int_equal(held_deadline(&table), NEVER);
	held_unclaim(&table, 0, ONE << 6, 0);
	assert_false(h->used);
}

static void
one_that_never_listened_goes_with_its_life(void **unused)
{
	struct held *h = keep(80, false);
	int fd = h->fd;

	(void)unused;
	h->claims = ONE;
	held_unclaim(&table, ONE, 0, 1000);
	assert_false(h->used);
	assert_false(is_open(fd));
}

static void
one_that_does_not_listen_in_time_is_only_asked_for(void **unused)
{
	struct held *h = keep(80, false);

	(void)unused;
	h->until = 10;
	assert_int_equal(held_expire(&table, GROUP, 10), 0);
	assert_true(h->used);
	assert_int_equal(h->fd, -1);
	assert_int_equal(held_count(&table, GROUP), 0);
}

static void
the_spares_claims_become_the_services(void **unused)
{
	struct held *both = keep(80, true), *old = keep(81, true),
		    *fresh = keep(82, true);

	(void)unused;
	both->claims = both->spares = ONE << 2;
	old->claims = ONE << 2;
	fresh->spares = ONE << 2;
	fresh->until = 5;
	assert_false(held_covers(&table, 2));
	held_exchange(&table, 2);
	assert_int_equal(old->claims, 0);
	assert_int_equal(old->spares, ONE << 2);
	assert_int_equal(fresh->claims, ONE << 2);
	assert_int_equal(fresh->until, NEVER);
	assert_int_equal(both->claims & both->spares, ONE << 2);
	assert_false(held_covers(&table, 2));
}

static void
what_stands_in_the_way_unclaimed_is_closed(void **unused)
{
	struct held *idle = keep(80, true), *used = keep(81, true);
	const struct endpoint a = v4("127.0.0.1", 80), b = v4("127.0.0.1", 81);

	(void)unused;
	used->claims = ONE;
	held_clear(&table, GROUP, &a);
	held_clear(&table, GROUP, &b);
	assert_false(idle->used);
	assert_true(used->used);
}

/* A flood of addresses pushes out its own, and nobody else's. */
static void
a_group_has_no_more_than_its_share(void **unused)
{
	struct endpoint others = v4("0.0.0.0", 9);
	struct held *other = held_ask(&table, GROUP + 1, &others);
	struct held *kept = keep(80, true);

	(void)unused;
	for (uint16_t i = 0; i < 2000; i++) {
		struct endpoint at = v4("10.0.0.1", (uint16_t)(1000 + i));
		assert_non_null(held_ask(&table, GROUP, &at));
	}
	assert_true(other->used && kept->used);
	assert_true(table.top <= HELD_GROUP_MAX + 1);
	assert_ptr_equal(held_at(&table, GROUP + 1, &others), other);
}

static void
a_full_group_of_held_ones_takes_no_more(void **unused)
{
	struct endpoint at = v4("10.0.0.1", 9);

	(void)unused;
	for (uint16_t i = 0; i < HELD_GROUP_MAX; i++)
		(void)keep((uint16_t)(1000 + i), true);
	assert_null(held_ask(&table, GROUP, &at));
	assert_non_null(held_ask(&table, GROUP + 1, &at));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, reset)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_to_hold_on_to_is_left_alone),
		TEST(paths_end_at_their_nul_and_abstract_names_do_not),
		TEST(flow_labels_and_padding_make_no_difference),
		TEST(only_an_address_for_all_stands_in_the_way),
		TEST(a_socket_is_its_groups_alone),
		TEST(what_nobody_claims_is_closed_at_its_deadline),
		TEST(another_claim_keeps_it),
		TEST(one_that_never_listened_goes_with_its_life),
		TEST(one_that_does_not_listen_in_time_is_only_asked_for),
		TEST(the_spares_claims_become_the_services),
		TEST(what_stands_in_the_way_unclaimed_is_closed),
		TEST(a_group_has_no_more_than_its_share),
		TEST(a_full_group_of_held_ones_takes_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
