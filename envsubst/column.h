#ifndef ENVSUBST_COLUMN_H
#define ENVSUBST_COLUMN_H

#include <stddef.h>
#include <stdint.h>

/* Lines and columns of a text as JavaScript counts them: from zero, columns in
   units of UTF-16. */
struct column {
	uint64_t line;
	uint64_t column;
};

/* Go on over these bytes. */
void column_step(struct column *p, const char *data, size_t len);

#endif
