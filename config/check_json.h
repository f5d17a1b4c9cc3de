#ifndef CONFIG_CHECK_JSON_H
#define CONFIG_CHECK_JSON_H

#include "config/check_notes.h"

#include <stdio.h>

/*
 * What check_text.h prints, as one JSON object for programs.  Names are only
 * ever added.  ok is false when notes has something wrong.
 */
void check_json_print(const struct plan *plan, char *const environ_in[],
    const struct check_notes *notes, FILE *to);

/* {"ok": false, "error": ...}: there is no plan at all. */
void check_json_refused(const struct plan_error *error, FILE *to);

#endif
