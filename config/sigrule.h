#ifndef CONFIG_SIGRULE_H
#define CONFIG_SIGRULE_H

#include "config/plan.h"
#include "config/units.h"
#include "config/value.h"

/*
 * One entry of "signals": the signal of that name (with or without SIG, in
 * either case, or a number) becomes what action says: forward, drop, restart,
 * reload, or another signal's name.  0, or -1 with *why a phrase that begins
 * with a verb.
 */
int sigrule_set(struct plan_signal_rule rules[PLAN_SIGNALS], const char *name,
    const char *action, char why[VALUE_WHY_MAX]);

/* "reload", "SIGUSR2"; "" for the default. */
void sigrule_text(
    const struct plan_signal_rule *rule, char text[UNITS_TEXT_MAX]);

#endif
