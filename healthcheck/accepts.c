#include "healthcheck/accepts.h"

#define WEIGHT_FULL 1000

/* "0.5" is 500; what is no weight counts as full. */
static int
weight_of(struct httpmsg_text text)
{
	int weight = 0;
	int unit = WEIGHT_FULL;

	for (size_t i = 0; i < text.len && i < 5; i++) {
		char c = text.ptr[i];
		if (i == 1 && c == '.')
			continue;
		if (c < '0' || c > '9')
			return WEIGHT_FULL;
		weight += (c - '0') * unit;
		unit /= 10;
	}
	return text.len == 0 || weight > WEIGHT_FULL ? WEIGHT_FULL : weight;
}

struct range {
	struct httpmsg_text type;
	int weight;
	bool version_fits; /* none is named, or 1.0.0 */
};

static struct range
parse_range(struct httpmsg_text text)
{
	struct range r = { .weight = WEIGHT_FULL, .version_fits = true };
	struct httpmsg_text value;
	struct httpmsg_text name;

	(void)httpmsg_next(&text, ';', &r.type);
	while (httpmsg_next(&text, ';', &value)) {
		if (!httpmsg_next(&value, '=', &name))
			continue;
		if (httpmsg_is(name, "q"))
			r.weight = weight_of(value);
		if (httpmsg_is(name, "version"))
			r.version_fits = httpmsg_is(value, "1.0.0");
	}
	return r;
}

bool
accepts_openmetrics(struct httpmsg_text accept)
{
	struct httpmsg_text item;
	int open = 0;
	int plain = 0;

	while (httpmsg_next(&accept, ',', &item)) {
		struct range r = parse_range(item);
		if (httpmsg_is(r.type, "text/plain") && r.weight > plain)
			plain = r.weight;
		if (httpmsg_is(r.type, "application/openmetrics-text") &&
		    r.version_fits && r.weight > open)
			open = r.weight;
	}
	return open > 0 && open >= plain;
}
