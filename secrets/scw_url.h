#ifndef SECRETS_SCW_URL_H
#define SECRETS_SCW_URL_H

#include "secrets/provider.h"

/*
 * What a reference means under the session's settings: the reference's own
 * region and project first, then the configured ones, then the vendor's usual
 * region.  The project is "" when nobody names one.
 */
const char *scw_url_region(
    const struct session *session, const struct ref *ref);
const char *scw_url_project(
    const struct session *session, const struct ref *ref);

/*
 * The access endpoint for ref, each component percent-encoded as the vendor's
 * own clients do.  NULL, or a phrase on what is wrong or missing.
 */
const char *scw_url_make(const struct session *session, const struct ref *ref,
    char *ret, size_t size);

#endif
