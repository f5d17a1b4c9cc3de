#include "config/sigrule.h"

#include "core/guard.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	enum plan_signal what;
} actions[] = {
	{ "forward", PLAN_SIGNAL_FORWARD },
	{ "drop", PLAN_SIGNAL_DROP },
	{ "restart", PLAN_SIGNAL_RESTART },
	{ "reload", PLAN_SIGNAL_RELOAD },
};

/* The kernel lets nobody catch the first two; the third is the reaper's. */
static bool
is_unmappable(int number)
{
	return number == SIGKILL || number == SIGSTOP || number == SIGCHLD;
}

static int
set_action(
    struct plan_signal_rule *rule, const char *action, char why[VALUE_WHY_MAX])
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].word, action) != 0)
			continue;
		rule->what = actions[i].what;
		return 0;
	}
	int number = units_signal(action);
	if (number == -1) {
		(void)snprintf(why, VALUE_WHY_MAX,
		    "must be forward, drop, restart, reload or a signal such "
		    "as SIGUSR2");
		return -1;
	}
	rule->what = PLAN_SIGNAL_SEND;
	rule->number = number;
	return 0;
}

int
sigrule_set(struct plan_signal_rule rules[PLAN_SIGNALS], const char *name,
    const char *action, char why[VALUE_WHY_MAX])
{
	int number = units_signal(name);
	if (number <= 0 || number >= PLAN_SIGNALS) {
		(void)snprintf(why, VALUE_WHY_MAX,
		    "is no signal (such as HUP, USR1 or RTMIN+3)");
		return -1;
	}
	if (is_unmappable(number)) {
		(void)snprintf(why, VALUE_WHY_MAX,
		    "cannot be mapped: nobody can catch KILL and STOP, and "
		    "CHLD tells cradle of deaths");
		return -1;
	}
	if (rules[number].what != PLAN_SIGNAL_DEFAULT) {
		(void)snprintf(why, VALUE_WHY_MAX,
		    "is a signal that has an entry already");
		return -1;
	}
	return set_action(&rules[number], action, why);
}

void
sigrule_text(const struct plan_signal_rule *rule, char text[UNITS_TEXT_MAX])
{
	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (actions[i].what == rule->what)
			(void)snprintf(
			    text, UNITS_TEXT_MAX, "%s", actions[i].word);
	if (rule->what == PLAN_SIGNAL_SEND)
		units_signal_text(rule->number, text);
}
