#include "supervisor/farewell.h"

#include "core/buf.h"
#include "core/guard.h"
#include "supervisor/init.h"
#include "supervisor/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/pid1.h"

#define TERMINATION_LOG "/dev/termination-log"
#define EVENTS_BACK 4 /* that one death may have made */

static bool
is_taken(const struct init *init)
{
	return init->phase != PHASE_RUN || init->farewell.text[0] != '\0';
}

void
farewell_because(struct init *init, const char *reason)
{
	struct farewell *f = &init->farewell;
	if (!is_taken(init))
		(void)snprintf(f->text, sizeof(f->text), "%s", reason);
}

void
farewell_to(struct init *init, const struct service *s)
{
	struct farewell *f = &init->farewell;
	struct buf line = BUF_ON(f->text);
	char how[128];

	if (is_taken(init))
		return;
	report_describe(&s->death, how, sizeof(how));
	buf_fmt(&line, "%.256s %s", s->plan->shown, how);
	if (s->death.exec_errno != 0)
		buf_fmt(&line, ": %s", strerror(s->death.exec_errno));
	else
		buf_fmt(&line, " after %lld ms", (long long)s->death.uptime_ms);
	f->service = s;
	f->pid = s->pid;
}

/* The death's event, delivered or not, with its words: NULL when it has none */
static const struct obituary *
words_of(const struct init *init)
{
	const struct farewell *f = &init->farewell;
	const struct obituaries *o = &init->obituaries;

	for (int64_t id = o->last_id;
	     f->service != NULL && id > 0 && id > o->last_id - EVENTS_BACK;
	     id--) {
		const struct obituary *one = obituary_at(o, id);
		if (one->service == f->service->plan->shown &&
		    one->pid == f->pid && one->err_len > 0)
			return one;
	}
	return NULL;
}

/* The last whole lines that fit. */
static void
add_words(struct buf *text, const struct obituary *one)
{
	size_t room = text->size - text->len - 2, skip = 0;

	if (one->err_len > room) {
		skip = one->err_len - room;
		const char *line =
		    memchr(one->err + skip, '\n', one->err_len - skip);
		if (line != NULL)
			skip = (size_t)(line - one->err) + 1;
	}
	buf_add(text, one->err + skip, one->err_len - skip);
}

/* Of a file that is there, plain, and empty; else -1. */
static int
open_log(void)
{
	struct stat st;
	int fd = open(TERMINATION_LOG,
	    O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		return fd;
	(void)close(fd);
	return -1;
}

void
farewell_write(const struct init *init, int code)
{
	char memory[FAREWELL_MAX];
	struct buf text = BUF_ON(memory);

	if (code == 0 || init->farewell.text[0] == '\0')
		return;
	autoclose int fd = open_log();
	if (fd == -1)
		return;
	buf_fmt(&text, "%s; exit code %d\n", init->farewell.text, code);
	const struct obituary *one = words_of(init);
	if (one != NULL)
		add_words(&text, one);
	(void)!write(fd, memory, text.len);
}
