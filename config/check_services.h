#ifndef CONFIG_CHECK_SERVICES_H
#define CONFIG_CHECK_SERVICES_H

#include "config/check_notes.h"

/*
 * Warnings on how services and tasks are supervised: what contradicts itself,
 * and what this machine will not grant.
 */
void check_services_look(const struct plan *plan, struct check_notes *notes);

#endif
