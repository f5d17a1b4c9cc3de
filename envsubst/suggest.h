#ifndef ENVSUBST_SUGGEST_H
#define ENVSUBST_SUGGEST_H

#include <stddef.h>

/*
 * The hint that commander appends to its complaint about an unknown long
 * option: "" or "\n(Did you mean ...?)".  At most `size` bytes, which must do
 * for all candidates; these are sorted, without their dashes.
 */
void suggest_option(const char *flag, const char *const *candidates,
    size_t count, char *to, size_t size);

#endif
