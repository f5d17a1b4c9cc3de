#ifndef CONFIG_VALUE_EXPECTED_H
#define CONFIG_VALUE_EXPECTED_H

#include "config/keys.h"
#include "config/value.h"

/* "must be a duration such as "20s"": what the key takes. */
void value_expected(const struct key *key, char text[VALUE_WHY_MAX]);

/* The same, and what is wrong: "; this one BUT", unless that is "".  -1. */
int value_expected_fail(
    const struct key *key, char why[VALUE_WHY_MAX], const char *but);

#endif
