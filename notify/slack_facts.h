#ifndef NOTIFY_SLACK_FACTS_H
#define NOTIFY_SLACK_FACTS_H

#include "core/buf.h"
#include "notify/letter.h"

#include <stdbool.h>

/*
 * The words of a Slack message, escaped, each at most max units long
 * (notify/mrkdwn.h) and appended to out.
 */
struct slack_facts {
	const struct letter *letter;
	const struct ident *ident;
};

#define SLACK_FIELDS 9
#define SLACK_FIELD_MAX 280

/* "cella/api crashed 7 more times: SIGSEGV" */
void slack_facts_headline(
    struct buf *out, const struct slack_facts *f, size_t max);

/* All of it in one line, for the notification. */
void slack_facts_summary(
    struct buf *out, const struct slack_facts *f, size_t max);

void slack_facts_why(struct buf *out, const struct slack_facts *f, size_t max);

/* How often, when, which process: small print. */
void slack_facts_context(
    struct buf *out, const struct slack_facts *f, size_t max);

/*
 * Field number `which`, below SLACK_FIELDS: a bold label and its value, at most
 * SLACK_FIELD_MAX units.  false, and nothing, when there is no value.
 */
bool slack_facts_field(
    struct buf *out, const struct slack_facts *f, unsigned which);

#endif
