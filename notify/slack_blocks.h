#ifndef NOTIFY_SLACK_BLOCKS_H
#define NOTIFY_SLACK_BLOCKS_H

#include "notify/letter.h"

/*
 * The message that people see, as Slack's JSON: a coloured attachment with a
 * headline, the facts, the cause, the last lines and a line of context, and the
 * notification's text.  letter->reduced: that text, the cause and the last
 * lines only, without blocks.  All limits of Slack's hold by construction.
 * *ret is the caller's to free.  0 or -ENOMEM.
 */
int slack_blocks_compose(
    const struct letter *letter, const struct ident *ident, char **ret);

#endif
