#ifndef CONFIG_CHECK_JSON_SERVICE_H
#define CONFIG_CHECK_JSON_SERVICE_H

#include "config/plan.h"

#include <stdio.h>

/* The members of check_json.h's object that tell of services and tasks. */

/* ,"services":[...],"stop_order":[["b","c"],["a"]] */
void check_json_services(const struct plan *plan, FILE *to);

/* ,"user":"node","group":"","umask":"027","limits":{...} */
void check_json_service_identity(
    const struct plan_identity *identity, FILE *to);

#endif
