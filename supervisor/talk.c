#include "supervisor/talk.h"

#include "core/guard.h"
#include "supervisor/init.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/pid1.h"

void
talk_say_logging(const struct init *init, struct wire_msg *msg)
{
	*msg = (struct wire_msg){ .type = WIRE_LOGGING,
		.fd = -1,
		.field = {
		    [LOGGING_LEVEL] = WIRE_NUM(init->plan->log_level),
		    [LOGGING_FORMAT] = WIRE_NUM(init->plan->log_format),
		} };
}

bool
talk_say_network(unsigned *step, struct wire_msg *msg)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY",
		"http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
		"SSL_CERT_FILE", "SSL_CERT_DIR" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);
		if (value == NULL)
			continue;
		if (*step > 0) {
			*step -= 1;
			continue;
		}
		*msg = (struct wire_msg){
			.type = WIRE_SETENV,
			.fd = -1,
			.field = {
			    [SETENV_NAME] = WIRE_STR(names[i]),
			    [SETENV_VALUE] = WIRE_STR(value),
			},
		};
		return true;
	}
	return false;
}

bool
talk_say_secret(const struct init *init, unsigned step, enum wire_type type,
    struct wire_msg *msg)
{
	const struct environment *e = &init->environment;
	if (!init->plan->logs.redact)
		return false;
	for (size_t i = 0; i < e->wants; i++) {
		size_t len;
		const char *value = environment_value(&e->want[i], &len);
		if (value == NULL || step-- > 0)
			continue;
		*msg = (struct wire_msg){ .type = type,
			.fd = -1,
			.field = {
			    [SCRIBE_SECRET_VALUE] = WIRE_BIN(value, len) } };
		return true;
	}
	return false;
}
