#ifndef NOTIFY_FINGERPRINT_H
#define NOTIFY_FINGERPRINT_H

#include "notify/cause.h"

/* 16 hexadecimal digits and a NUL. */
#define FINGERPRINT_SIZE 17

/*
 * The same for deaths that one fix would mend: a hash of how it ended, of the
 * cause and of its first stack frames, in which every number, address, id and
 * time counts as the same.
 */
void fingerprint_of(const struct cause_death *death, const struct cause *cause,
    char ret[FINGERPRINT_SIZE]);

#endif
