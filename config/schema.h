#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <stdio.h>

/* The JSON Schema (draft 7, which editors know) of cradle.json. */
void schema_print(FILE *to);

#endif
