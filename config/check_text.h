#ifndef CONFIG_CHECK_TEXT_H
#define CONFIG_CHECK_TEXT_H

#include "config/check_notes.h"

#include <stdio.h>

/*
 * What would run, in order, for people.  References are shown without their
 * default, commands as written, variables by name: no value of a variable.
 */
void check_text_print(
    const struct plan *plan, char *const environ_in[], FILE *to);

#endif
