#ifndef ENVSUBST_CREDENTIAL_H
#define ENVSUBST_CREDENTIAL_H

#include <stddef.h>

/*
 * Why a variable looks like a credential that nobody may see in a page, as "is
 * a Stripe secret key", or NULL: it does not.  By what its value begins with;
 * a private key's header; or a name that says secret, token, password, private
 * or key, unless it says public too, together with a value that nobody makes
 * up.  Keys that vendors mean for browsers (pk_live_, AIza, a Sentry DSN) are
 * none.
 */
const char *credential_look(const char *name, const char *value, size_t len);

#endif
