#ifndef NOTIFY_MRKDWN_H
#define NOTIFY_MRKDWN_H

#include "core/buf.h"

#include <stddef.h>

/*
 * Text for Slack.  &, < and > are escaped (which also disarms <!channel> and
 * <@user> in somebody's log), and every length counts escaped UTF-16 units, as
 * Slack's own limits do; a cut never falls into an entity or a character.
 * Invalid UTF-8 becomes U+FFFD.
 */

/* Escaped length of one line of text. */
size_t mrkdwn_units(const char *text, size_t len);

/*
 * Append text as one line of at most max units, with "…" as the last when it
 * was cut; newlines and tabs become blanks.
 */
void mrkdwn_line(struct buf *out, const char *text, size_t len, size_t max);

/*
 * A code block of at most max units (MRKDWN_CODE_MIN or more) that is always
 * closed, with the last lines of text; when some did not fit it begins with
 * "… (37 lines cut)".  A line longer than MRKDWN_CODE_LINE is cut at its end.
 * Three backticks in a row are broken with U+200B.  Blank lines at both ends
 * are left out; text without anything else gives "".  *ret is the caller's to
 * free.  0 or -ENOMEM.
 */
#define MRKDWN_CODE_LINE 400
#define MRKDWN_CODE_MIN 600
int mrkdwn_code(const char *text, size_t len, size_t max, char **ret);

#endif
