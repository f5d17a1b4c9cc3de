#include "remote/http.h"

#include "core/clock.h"
#include "core/guard.h"
#include "remote/heap.h"
#include "remote/http_transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/*
 * Invariants: a transfer is in exactly one of the two lists; running has at
 * most `connections`; a transfer that runs has its handle in multi.  libcurl
 * does not see the ones that wait, since it would count their waiting as part
 * of their time.
 */
struct http_pool {
	CURLM *multi;
	struct roots roots;
	int connections;
	struct http_transfer *waiting;
	struct http_transfer **waiting_end;
	struct http_transfer *running;
	int waiting_count;
	int running_count;
};

/*
 * libcurl would write every session's keys into that file.  The memory hooks
 * make it wipe the copies that it keeps of headers and replies.
 */
static int
setup_library(void)
{
	static bool done;

	if (done)
		return 0;
	(void)unsetenv("SSLKEYLOGFILE");
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, heap_alloc, heap_free,
		heap_resize, heap_copy, heap_zeroed) != CURLE_OK)
		return -ENOMEM;
	done = true;
	return 0;
}

static void
drop_pool(struct http_pool **pool)
{
	http_pool_free(*pool);
}

int
http_pool_new(struct http_pool **ret, int connections, const char *ca_file)
{
	assert(connections > 0);

	int r = setup_library();
	if (r < 0)
		return r;
	__attribute__((cleanup(drop_pool))) struct http_pool *pool =
	    calloc(1, sizeof(*pool));
	if (pool == NULL)
		return -ENOMEM;
	pool->connections = connections;
	pool->waiting_end = &pool->waiting;
	r = roots_find(ca_file, &pool->roots);
	if (r < 0)
		return r;
	pool->multi = curl_multi_init();
	if (pool->multi == NULL)
		return -ENOMEM;
	(void)curl_multi_setopt(
	    pool->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	*ret = TAKE_PTR(pool);
	return 0;
}

static void
free_list(CURLM *multi, struct http_transfer *list, bool running)
{
	while (list != NULL) {
		struct http_transfer *next = list->next;
		if (running)
			(void)curl_multi_remove_handle(multi, list->easy);
		http_transfer_free(list);
		list = next;
	}
}

void
http_pool_free(struct http_pool *pool)
{
	if (pool == NULL)
		return;
	free_list(pool->multi, pool->running, true);
	free_list(pool->multi, pool->waiting, false);
	(void)curl_multi_cleanup(pool->multi);
	roots_free(&pool->roots);
	free(pool);
}

int
http_pool_send(struct http_pool *pool, const struct http_request *request,
    http_done *done, void *arg, const char **ret_why)
{
	struct http_transfer *t;

	const char *why = http_url_refused(request->url);
	if (why != NULL) {
		*ret_why = why;
		return -EINVAL;
	}
	int r = http_transfer_new(&t, request, &pool->roots);
	if (r < 0) {
		*ret_why = "out of memory";
		return r;
	}
	t->done = done;
	t->arg = arg;
	*pool->waiting_end = t;
	pool->waiting_end = &t->next;
	pool->waiting_count++;
	return 0;
}

static void
start_waiting(struct http_pool *pool)
{
	while (
	    pool->waiting != NULL && pool->running_count < pool->connections) {
		struct http_transfer *t = pool->waiting;
		if (curl_multi_add_handle(pool->multi, t->easy) != CURLM_OK)
			return;
		pool->waiting = t->next;
		if (pool->waiting == NULL)
			pool->waiting_end = &pool->waiting;
		pool->waiting_count--;
		t->next = pool->running;
		pool->running = t;
		pool->running_count++;
	}
}

static void
take_from_running(struct http_pool *pool, struct http_transfer *t)
{
	struct http_transfer **at = &pool->running;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	pool->running_count--;
	(void)curl_multi_remove_handle(pool->multi, t->easy);
}

/* Returns how many ended. */
static int
tell_ended(struct http_pool *pool)
{
	CURLMsg *msg;
	int left;
	int ended = 0;

	while ((msg = curl_multi_info_read(pool->multi, &left)) != NULL) {
		struct http_transfer *t = NULL;
		CURLcode result = msg->data.result;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		take_from_running(pool, t);
		http_transfer_tell(t, result);
		http_transfer_free(t);
		ended++;
	}
	return ended;
}

/* Ended transfers make room for waiting ones, which shall not lose a turn. */
static int
move(struct http_pool *pool)
{
	int running;
	int ended = 0;

	for (;;) {
		start_waiting(pool);
		(void)curl_multi_perform(pool->multi, &running);
		int now = tell_ended(pool);
		if (now == 0)
			return ended;
		ended += now;
	}
}

bool
http_pool_turn(struct http_pool *pool, int64_t deadline, int extra_fd)
{
	struct curl_waitfd extra = { .fd = extra_fd,
		.events = CURL_WAIT_POLLIN };
	unsigned extras = extra_fd == -1 ? 0 : 1;

	int wait = move(pool) > 0 ? 0 : clock_left(deadline);
	if (wait == -1)
		wait = INT_MAX;
	(void)curl_multi_poll(pool->multi, &extra, extras, wait, NULL);
	(void)move(pool);
	return extra.revents != 0;
}

int
http_pool_busy(const struct http_pool *pool)
{
	return pool->waiting_count + pool->running_count;
}
