#include "config/check_direct.h"

#include "config/direct_plan.h"

#define TEXT_MAX 1024

void
check_direct_print(const struct check_print *p, const struct plan *plan,
    size_t service, char *const environ_in[])
{
	const struct plan_service *s = &plan->services[service];
	char text[TEXT_MAX];
	if (s->direct_note[0] != '\0')
		(void)fprintf(p->to,
		    CHECK_PRINT_INDENT "  direct   in place of %s, which "
				       "takes about %d ms\n",
		    s->direct_note, s->direct_saved_ms);
	else if (direct_plan_hint(plan, s, environ_in, text, sizeof(text)))
		(void)fprintf(p->to,
		    CHECK_PRINT_INDENT "  direct   off; true %s\n", text);
}
