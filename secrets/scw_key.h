#ifndef SECRETS_SCW_KEY_H
#define SECRETS_SCW_KEY_H

#include "secrets/provider.h"

/*
 * Make the session's header with the credential, from the key or, without one,
 * from its file, once.  False with a line in why (never the key) when there is
 * no usable one; size should be 768 or more.
 */
bool scw_key_ready(struct session *s, char *why, size_t size);

#endif
