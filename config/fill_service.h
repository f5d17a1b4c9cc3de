#ifndef CONFIG_FILL_SERVICE_H
#define CONFIG_FILL_SERVICE_H

#include "config/fill.h"
#include "config/value.h"

/*
 * Keys of services whose values are more than one text: for fill.c, and for
 * the variable CRADLE_READY.  base: the structure that key->home says.
 */

/* KEY_AFTER: bits of the other services, in the file's order. */
int fill_service_after(
    struct fill *f, const struct key *key, const struct json *node, void *base);

/* KEY_ADDRESSES: listening sockets, texts or bare ports. */
int fill_service_listen(
    struct fill *f, const struct key *key, const struct json *node, void *base);

/* KEY_PROBE: a word, an object of probes, or a list of these. */
int fill_service_probe(
    struct fill *f, const struct key *key, const struct json *node, void *base);

/*
 * One word of a KEY_PROBE, "notify" or "fd:3", beside what the probe has
 * already.  0, or -1 with *why a phrase that begins with a verb.
 */
int fill_service_word(const struct key *key, void *base, const char *word,
    char why[VALUE_WHY_MAX]);

#endif
