#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

/*
 * The known name that somebody most likely meant.  Feed it candidates; best is
 * NULL while none was near enough (a third of the name's letters wrong at most,
 * a swap of neighbours counting once).
 */
struct nearest {
	const char *wanted;
	const char *best;
	unsigned distance;
};

void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *candidate);

#endif
