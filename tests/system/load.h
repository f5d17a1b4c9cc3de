#ifndef TESTS_SYSTEM_LOAD_H
#define TESTS_SYSTEM_LOAD_H

#include "ns.h"

/*
 * Clients that open a connection for every request, as those do that notice a
 * restart first.  Addresses: as tests/apps/address.h reads them; with "tls "
 * before one the request is a TLS ClientHello, and whatever comes back is an
 * answer.
 */
enum load_end {
	LOAD_ANSWERED,
	LOAD_REFUSED, /* nobody listens there */
	LOAD_RESET,   /* accepted or queued, and cut off */
	LOAD_HUNG,    /* nothing within the time */
	LOAD_ENDS,
};

struct load_answer {
	enum load_end end;
	int ms;
	int pid;       /* what `serves` says of itself; 0 */
	int instance;  /* -1 */
	char text[64]; /* the body's first line */
};

/* One request, with its outcome. */
struct load_answer load_once(const char *address, int ms);

/* The same in two steps: a connection that has asked, or -errno. */
int load_ask(const char *address, const char *path);
struct load_answer load_hear(int fd, int ms);

/* Ask until it is answered, by another than `but`: its pid; else the failure */
int load_await(struct ns *ns, const char *address, int but, int ms);

/* Ask until the outcome is this one, else fail the test. */
void load_until(struct ns *ns, const char *address, enum load_end end, int ms);

struct load_count {
	int of[LOAD_ENDS];
	int ms_max; /* of the slowest answer */
	int pid;    /* who answered last */
};

/*
 * So many clients, each asking without a pause, until load_stop or the end of
 * the test.  One at a time.
 */
void load_start(const char *address, int clients);
struct load_count load_now(void);

/* Wait for so many more answers. */
void load_await_answers(struct ns *ns, int more, int ms);
struct load_count load_stop(void);

/* Nobody was refused and nobody hung, and at most so many were cut off. */
void load_assert_kind(struct ns *ns, struct load_count count, int resets_max);

/* The main process of `serves` is killed so often under load, which refuses
   nobody; another one answers then. */
void load_deaths(struct ns *ns, const char *address, int deaths);

/* One test with a teardown that ends a load as well. */
int load_teardown(void **state);
#define LOAD_TEST(name) cmocka_unit_test_teardown(name, load_teardown)

#endif
