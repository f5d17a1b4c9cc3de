#ifndef CONFIG_CHECK_TEXT_H
#define CONFIG_CHECK_TEXT_H

#include "config/check_notes.h"

#include <stdio.h>

/*
 * What would run, in order, for people.  References are shown without their
 * default, commands as written, variables by name, URLs without their query: of
 * what ${NAME} filled in, only paths, hosts, users and the app's names are
 * seen.
 */
void check_text_print(
    const struct plan *plan, char *const environ_in[], FILE *to);

#endif
