#ifndef CONTROL_TABLE_H
#define CONTROL_TABLE_H

#include "core/buf.h"
#include "healthcheck/facts.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The table that `cradle status` prints: one line on cradle, one on its boot,
 * and one per service.  colour: with the terminal's escapes, which change
 * nothing of the widths.  now_ms is the wall clock, for "ago".  Names come from
 * configuration: bytes that a terminal would obey are shown as "?".
 */
void table_render(
    struct buf *b, const struct facts *f, int64_t now_ms, bool colour);

/* Whether the two would look the same but for the passing of time. */
bool table_is_same(const struct facts *a, const struct facts *b);

#endif
