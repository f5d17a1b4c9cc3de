#include "config/check_stops.h"

uint64_t
check_stops_next(const struct plan *plan, uint64_t gone)
{
	uint64_t needed = gone;
	for (size_t i = 0; i < plan->services_count; i++)
		if ((gone >> i & 1) == 0)
			needed |= plan->services[i].after;
	uint64_t next = 0;
	for (size_t i = 0; i < plan->services_count; i++)
		if ((needed >> i & 1) == 0)
			next |= UINT64_C(1) << i;
	return next;
}
