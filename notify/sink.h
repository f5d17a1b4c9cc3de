#ifndef NOTIFY_SINK_H
#define NOTIFY_SINK_H

#include "notify/letter.h"
#include "remote/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the courier has to know of a kind of sink.  One file per kind fills one
 * struct sink_type; sink.c has the table of them.
 */

/* What an answer means for the letter that it is about, and for the sink. */
enum sink_verdict {
	SINK_STORED,
	SINK_AGAIN,   /* later, the same letter */
	SINK_REDUCE,  /* at once, once, in the simpler form; then refused */
	SINK_REFUSED, /* this letter will never be taken */
	SINK_STOP,    /* nor will any other, for wait_ms */
};

struct sink_rule {
	enum http_class class;
	int status; /* 0: every status of the class */
	enum sink_verdict verdict;
	int tries; /* SINK_AGAIN: how many in all; 0: until too old */
	int64_t
	    wait_ms; /* SINK_AGAIN: at least; SINK_STOP: NEVER is for life */
	const char *hint; /* what to try, for the log line */
};

#define SINK_HEADERS_MAX 3
#define SINK_HEADER_SIZE 4200

/* Where requests go.  It holds credentials: sink_address_wipe at the end. */
struct sink_address {
	char url[WIRE_TEXT_MAX + 64];
	char header[SINK_HEADERS_MAX][SINK_HEADER_SIZE];
	const char *headers[SINK_HEADERS_MAX + 1]; /* NULL-terminated */
};

struct sink_type {
	const char *label; /* "Slack" */
	bool alerts;       /* people read it: notify/alert.h goes before it */
	size_t queue_max;
	int64_t pace_ms; /* one each pace_ms on the average; 0: no limit */
	int pace_burst;

	const struct sink_rule *rules; /* the first that fits counts */
	size_t rules_count;

	/* Fill *ret: NULL, or why not, in words without the URL. */
	const char *(*address)(
	    const char *url, const char *token, struct sink_address *ret);

	/* Whether a 2xx answer really is the service's "stored". */
	bool (*stored)(const struct http_reply *reply);

	/* The request's body, JSON, the caller's to free.  0 or -ENOMEM. */
	int (*compose)(
	    const struct letter *letter, const struct ident *ident, char **ret);
};

const struct sink_type *sink_type_of(enum sink_kind kind);

/*
 * The rule that fits an answer; every answer has one.
 */
const struct sink_rule *sink_judge(
    const struct sink_type *type, const struct http_reply *reply);

/* Append one header line to the address. */
void sink_address_header(
    struct sink_address *a, const char *name, const char *value);
void sink_address_wipe(struct sink_address *a);

/*
 * Copy a credential as users keep it, without blanks and newlines around it.
 * NULL, or why not: too long, or with characters that no header or URL has.
 */
const char *sink_credential(const char *text, char *ret, size_t size);

#endif
