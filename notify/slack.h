#ifndef NOTIFY_SLACK_H
#define NOTIFY_SLACK_H

#include "notify/sink.h"

/*
 * Slack's incoming webhook, whose URL is the secret itself, and what takes the
 * same messages (Mattermost, Rocket.Chat).
 */
extern const struct sink_type slack_sink;

#endif
