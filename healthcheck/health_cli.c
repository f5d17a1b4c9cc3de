#include "healthcheck/health.h"

#include "config/plan.h"
#include "config/units.h"
#include "core/clock.h"
#include "core/exits.h"
#include "core/fd.h"
#include "core/guard.h"
#include "core/httpmsg.h"
#include "core/log.h"
#include "healthcheck/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define TIMEOUT_MS 2000
#define REQUEST_MAX 4096
#define ANSWER_MAX 8192

static const char usage[] =
    "Usage: cradle health [--ready|--live|--startup] [OPTIONS] [URL]\n"
    "\n"
    "Ask a running cradle how it is: exit 0 for yes, 1 for no.\n"
    "\n"
    "  --ready         every essential service is ready (default)\n"
    "  --live          PID 1 answers and has not given up\n"
    "  --startup       boot is complete\n"
    "  --timeout TIME  at most this long, in all (2s)\n"
    "  -c FILE         the configuration that names health.listen\n"
    "  --help          this text\n"
    "\n"
    "URL is http://HOST[:PORT][/PATH] with a numeric host or localhost, or\n"
    "unix:/PATH.  Without one, $CRADLE_HEALTH_LISTEN is asked, else the\n"
    "configuration's health.listen.\n";

struct mode {
	const char *option;
	const char *path;
	const char *no; /* what a no means */
};

static const struct mode modes[] = {
	{ "--ready", "/readyz", "not ready" },
	{ "--live", "/livez", "not live" },
	{ "--startup", "/startupz", "not started" },
};

struct options {
	const struct mode *mode; /* NULL: none was given */
	const char *file;
	const char *url;
	int64_t timeout_ms;
	bool help;
};

static const struct mode *
find_mode(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(modes[i].option, word) == 0)
			return &modes[i];
	return NULL;
}

static bool
wrong(const char *word, const char *why)
{
	log_error(0, "cannot take \"%s\": it %s (try cradle health --help)",
	    word, why);
	return false;
}

static bool
set_timeout(struct options *o, const char *text)
{
	const char *why;
	if (units_duration(text, &o->timeout_ms, &why) == -1)
		return wrong(text, why);
	if (o->timeout_ms <= 0)
		return wrong(text, "is no time at all");
	return true;
}

/* One word of the command line, with the one behind it when it takes one. */
static bool
take_word(struct options *o, char **word, int *ret_used)
{
	bool timeout = strcmp(*word, "--timeout") == 0;
	bool file = strcmp(*word, "-c") == 0;

	*ret_used = 1;
	if (timeout || file) {
		if (word[1] == NULL)
			return wrong(*word, "needs a value");
		*ret_used = 2;
		if (file)
			o->file = word[1];
		return file || set_timeout(o, word[1]);
	}
	if (strncmp(*word, "--timeout=", 10) == 0)
		return set_timeout(o, *word + 10);
	const struct mode *mode = find_mode(*word);
	if (mode != NULL) {
		if (o->mode != NULL && o->mode != mode)
			return wrong(*word, "contradicts the option before");
		o->mode = mode;
		return true;
	}
	if (strcmp(*word, "--help") == 0)
		o->help = true;
	else if (**word == '-')
		return wrong(*word, "is no option");
	else if (o->url != NULL)
		return wrong(*word, "is one URL too many");
	else
		o->url = *word;
	return true;
}

static bool
parse_options(int argc, char *argv[], struct options *ret)
{
	int used;
	for (int i = 1; i < argc; i += used)
		if (!take_word(ret, &argv[i], &used))
			return false;
	return true;
}

/*
 * The configuration's listen.  Without services it may need the command that
 * PID 1 was given, which a probe does not know: any command will do.  Warnings
 * are PID 1's to give.
 */
static const char *
configured(const char *file)
{
	char *some_command[] = { (char[]){ "cradle" }, NULL };
	struct plan_error error;
	struct plan_error other;
	struct plan *plan;

	(void)setenv("CRADLE_LOG", "error", 1);
	if (plan_load(file, NULL, environ, &plan, &error) == -1 &&
	    plan_load(file, some_command, environ, &plan, &other) == -1) {
		log_error(0, "%s", error.text);
		return NULL;
	}
	if (plan->health.listen[0] != '\0')
		return plan->health.listen;
	log_error(0, "cannot ask cradle: health.listen is not set "
		     "(set CRADLE_HEALTH_LISTEN, or give a URL)");
	return NULL;
}

/* 0, or the exit status. */
static int
find_peer(const struct options *o, struct peer *ret)
{
	const char *why = "";
	const char *listen = getenv("CRADLE_HEALTH_LISTEN");

	if (o->url != NULL) {
		if (peer_url(o->url, ret, &why) == 0)
			return 0;
		(void)wrong(o->url, why);
		return EXITS_USAGE;
	}
	if (listen == NULL || listen[0] == '\0')
		listen = configured(o->file);
	if (listen == NULL)
		return EXITS_PROBE;
	if (peer_address(listen, ret, &why) == 0)
		return 0;
	log_error(0, "cannot ask %s: it %s", listen, why);
	return EXITS_PROBE;
}

/* A connected socket, or -errno. */
static int
connect_to(const struct peer *peer, int which, int64_t deadline)
{
	int r = peer_connect(peer, which);
	if (r < 0)
		return r;
	autoclose int fd = r;
	r = fd_wait(fd, POLLOUT, deadline);
	if (r <= 0)
		return r < 0 ? r : -ETIMEDOUT;
	r = peer_connected(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* The first address's reason is the one that is told. */
static int
connect_any(const struct peer *peer, int64_t deadline)
{
	int first = connect_to(peer, 0, deadline);
	if (first >= 0)
		return first;
	for (int i = 1; i < peer->count; i++) {
		int fd = connect_to(peer, i, deadline);
		if (fd >= 0)
			return fd;
	}
	return first;
}

/* It is small: it fits into the socket's buffer, or nobody reads it. */
static int
send_request(int fd, const struct buf *request)
{
	ssize_t n = send(fd, request->data, request->len, MSG_NOSIGNAL);
	if (n == -1)
		return -errno;
	return (size_t)n == request->len ? 0 : -EAGAIN;
}

static bool
is_yes(int status)
{
	return status >= 200 && status <= 399;
}

/* Until a yes, the end or ANSWER_MAX; the length, or -errno. */
static int
read_answer(int fd, char *answer, size_t size, int64_t deadline)
{
	size_t have = 0;

	while (have < size) {
		int r = fd_wait(fd, POLLIN, deadline);
		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
		ssize_t n = recv(fd, answer + have, size - have, MSG_DONTWAIT);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		have += n > 0 ? (size_t)n : 0;
		if (is_yes(httpmsg_status(answer, have)))
			break;
	}
	return (int)have;
}

/* The reason in a no: that of the first failed check, else the first line. */
static struct httpmsg_text
reason_in(struct httpmsg_text body)
{
	struct httpmsg_text rest = body;
	struct httpmsg_text line;
	struct httpmsg_text first = { "", 0 };

	while (httpmsg_next(&rest, '\n', &line)) {
		if (first.len == 0)
			first = line;
		if (line.len < 3 || memcmp(line.ptr, "[-]", 3) != 0)
			continue;
		const char *mark = memmem(line.ptr, line.len, " failed: ", 9);
		if (mark == NULL)
			continue;
		size_t before = (size_t)(mark - line.ptr) + 9;
		return (struct httpmsg_text){ line.ptr + before,
			line.len - before };
	}
	return first;
}

static int
judge(const char *no, const char *answer, size_t len)
{
	int status = httpmsg_status(answer, len);
	if (is_yes(status))
		return EXITS_OK;
	if (status <= 0) {
		log_error(0, "%s: the answer is not HTTP", no);
		return EXITS_PROBE;
	}
	int head = httpmsg_head(answer, len, 0);
	size_t skip = head > 0 ? (size_t)head : len;
	struct httpmsg_text why =
	    reason_in((struct httpmsg_text){ answer + skip, len - skip });
	if (status == 503 && why.len > 0)
		log_error(0, "%s: %.*s", no, (int)why.len, why.ptr);
	else
		log_error(0, "%s: status %d", no, status);
	return EXITS_PROBE;
}

/* The answer's length, or -errno. */
static int
exchange(const struct peer *peer, const struct buf *request, char *answer,
    int64_t deadline)
{
	int r = connect_any(peer, deadline);
	if (r < 0)
		return r;
	autoclose int fd = r;
	r = send_request(fd, request);
	if (r < 0)
		return r;
	return read_answer(fd, answer, ANSWER_MAX, deadline);
}

static int
ask(const struct peer *peer, const struct mode *mode, const char *path,
    int64_t deadline)
{
	char memory[REQUEST_MAX];
	struct buf request = BUF_ON(memory);
	static char answer[ANSWER_MAX];

	if (!peer_request(peer, path, &request)) {
		log_error(0, "cannot ask %s: the URL is too long", peer->host);
		return EXITS_USAGE;
	}
	int r = exchange(peer, &request, answer, deadline);
	if (r >= 0)
		return judge(mode->no, answer, (size_t)r);
	log_error(r, "%s: cannot ask %s", mode->no, peer->host);
	return EXITS_PROBE;
}

int
health_cli_main(int argc, char *argv[])
{
	struct options o = { .timeout_ms = TIMEOUT_MS };
	struct peer peer;

	if (!parse_options(argc, argv, &o))
		return EXITS_USAGE;
	if (o.help) {
		(void)fputs(usage, stdout);
		return fflush(stdout) == 0 ? EXITS_OK : EXITS_OSERR;
	}
	int64_t deadline = clock_ms() + o.timeout_ms;
	int r = find_peer(&o, &peer);
	if (r != 0)
		return r;
	const struct mode *mode = o.mode ? o.mode : &modes[0];
	bool whole = peer.path[0] != '\0' && strcmp(peer.path, "/") != 0;
	if (whole && o.mode != NULL) {
		(void)wrong(o.url, "has a path, which contradicts the option");
		return EXITS_USAGE;
	}
	return ask(&peer, mode, whole ? peer.path : mode->path, deadline);
}
