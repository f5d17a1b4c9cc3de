#include "supervisor/cluster_line.h"

#include "core/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define QUERY "{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\",\"index\":0,"

static struct cluster_line
line(const char *text)
{
	struct cluster_line l;
	cluster_line_read(text, strlen(text), &l);
	return l;
}

static void
a_port_without_an_address_is_any(void **unused)
{
	struct cluster_line l =
	    line(QUERY "\"data\":null,\"address\":null,\"port\":4555,"
		       "\"addressType\":4,\"backlog\":0,\"seq\":1}");

	(void)unused;
	assert_int_equal(l.act, CLUSTER_QUERY);
	assert_int_equal(l.kind, CLUSTER_TCP);
	assert_int_equal(l.seq, 1);
	assert_int_equal(l.port, 4555);
	assert_int_equal(l.fd, -1);
	assert_string_equal(l.address, "");
	assert_false(l.bad);
}

static void
every_kind_of_server_is_told_apart(void **unused)
{
	static const struct {
		const char *rest;
		enum cluster_kind kind;
		const char *address;
		int64_t flags;
		int64_t fd;
	} cases[] = {
		{ "\"address\":\"/run/x.sock\",\"port\":-1,\"addressType\":-1,"
		  "\"seq\":2}",
		    CLUSTER_UNIX, "/run/x.sock", 0, -1 },
		{ "\"address\":\"::\",\"port\":80,\"addressType\":6,"
		  "\"flags\":1,\"seq\":2}",
		    CLUSTER_TCP, "::", CLUSTER_FLAG_V6ONLY, -1 },
		{ "\"address\":\"0.0.0.0\",\"port\":53,\"addressType\":"
		  "\"udp4\",\"fd\":-1,\"flags\":0,\"seq\":2}",
		    CLUSTER_UDP, "0.0.0.0", 0, -1 },
		{ "\"address\":null,\"port\":null,\"addressType\":4,\"fd\":3,"
		  "\"seq\":2}",
		    CLUSTER_TCP, "", 0, 3 },
		{ "\"address\":\"C:\\\\x \\\"y\\\"\",\"port\":-1,"
		  "\"addressType\":-1,\"seq\":2}",
		    CLUSTER_UNIX, "C:\\x \"y\"", 0, -1 },
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512];
		(void)snprintf(text, sizeof(text), QUERY "%s", cases[i].rest);
		struct cluster_line l = line(text);

		assert_int_equal(l.act, CLUSTER_QUERY);
		assert_int_equal(l.kind, cases[i].kind);
		assert_string_equal(l.address, cases[i].address);
		assert_int_equal(l.flags, cases[i].flags);
		assert_int_equal(l.fd, cases[i].fd);
	}
}

static void
an_abstract_name_begins_with_a_nul(void **unused)
{
	struct cluster_line l =
	    line(QUERY "\"address\":\"\\u0000web\\u0041\",\"port\":-1,"
		       "\"addressType\":-1,\"seq\":2}");

	(void)unused;
	assert_false(l.bad);
	assert_int_equal(l.address_len, 5);
	assert_memory_equal(l.address, "\0webA", 6);
	assert_true(line(QUERY "\"address\":\"\\u20ac\",\"seq\":2}").bad);
	assert_true(line(QUERY "\"address\":\"\\u00\",\"seq\":2}").bad);
}

static void
the_servers_data_come_back_with_the_socket(void **unused)
{
	char reply[CLUSTER_REPLY_SIZE];
	struct cluster_line l =
	    line(QUERY "\"data\":{\"ticketKeys\":\"f7}\\\"{\",\"n\":[1,{}]},"
		       "\"address\":\"::\",\"port\":1,\"addressType\":6,"
		       "\"seq\":7}");

	(void)unused;
	size_t len = cluster_line_reply(reply, &l, "net.Native", 0);

	assert_int_equal(len, strlen(reply));
	assert_string_equal(reply,
	    "{\"cmd\":\"NODE_HANDLE\",\"type\":\"net.Native\",\"msg\":"
	    "{\"cmd\":\"NODE_CLUSTER\",\"errno\":0,\"key\":\"7\",\"ack\":7,"
	    "\"data\":{\"ticketKeys\":\"f7}\\\"{\",\"n\":[1,{}]}}}\n");
}

static void
a_refusal_has_no_socket(void **unused)
{
	char reply[CLUSTER_REPLY_SIZE];
	struct cluster_line l = line(QUERY "\"port\":80,\"seq\":3}");

	(void)unused;
	(void)cluster_line_reply(reply, &l, NULL, -EADDRINUSE);
	assert_string_equal(reply,
	    "{\"cmd\":\"NODE_CLUSTER\",\"errno\":-98,\"key\":\"3\",\"ack\":3,"
	    "\"data\":null}\n");
	(void)cluster_line_reply(reply, &l, NULL, 1);
	assert_string_equal(reply, "{\"cmd\":\"NODE_CLUSTER\",\"ack\":3}\n");
}

static void
what_does_not_fit_can_be_refused(void **unused)
{
	char text[2048];

	(void)unused;
	(void)snprintf(text, sizeof(text), QUERY "\"data\":\"%0700d\",%s", 0,
	    "\"port\":80,\"seq\":9}");
	struct cluster_line l = line(text);
	assert_int_equal(l.act, CLUSTER_QUERY);
	assert_true(l.bad);
	assert_int_equal(l.seq, 9);

	(void)snprintf(text, sizeof(text), QUERY "\"address\":\"/%0150d\",%s",
	    0, "\"seq\":9}");
	assert_true(line(text).bad);
}

static void
other_lines_mean_nothing(void **unused)
{
	static const char *const texts[] = {
		"",
		"{",
		"{}",
		"\"ready\"",
		"[1]",
		"{\"cmd\":\"NODE_CLUSTER\"}",
		"{\"cmd\":\"NODE_HANDLE_ACK\"}",
		"{\"act\":\"queryServer\",\"seq\":1}",
		"{\"cmd\":\"NODE_OTHER\",\"act\":\"queryServer\",\"seq\":1}",
		"{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\",\"seq\":1",
		"{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\"}",
		"{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\",\"seq\":-1}",
		"{\"cmd\":\"NODE_CLUSTER\",\"act\":\"queryServer\",\"seq\":\"1",
		"{\"data\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	};
	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(line(texts[i]).act, CLUSTER_OTHER);
}

static void
the_other_acts_are_known(void **unused)
{
	(void)unused;
	assert_int_equal(
	    line("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"listening\",\"port\":80,"
		 "\"address\":null,\"addressType\":4,\"seq\":2}")
		.act,
	    CLUSTER_LISTENING);
	assert_int_equal(
	    line("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"exitedAfterDisconnect\","
		 "\"seq\":2}")
		.act,
	    CLUSTER_LEAVES);
	assert_int_equal(
	    line("{\"cmd\":\"NODE_CLUSTER\",\"act\":\"online\",\"seq\":0}").act,
	    CLUSTER_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_without_an_address_is_any),
		cmocka_unit_test(every_kind_of_server_is_told_apart),
		cmocka_unit_test(an_abstract_name_begins_with_a_nul),
		cmocka_unit_test(the_servers_data_come_back_with_the_socket),
		cmocka_unit_test(a_refusal_has_no_socket),
		cmocka_unit_test(what_does_not_fit_can_be_refused),
		cmocka_unit_test(other_lines_mean_nothing),
		cmocka_unit_test(the_other_acts_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
