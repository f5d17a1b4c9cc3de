#ifndef BENCH_WRK_H
#define BENCH_WRK_H

#include <stdbool.h>
#include <sys/types.h>

/* The load generator wrk, beside what we do: kept connections, flat out. */

struct wrk {
	pid_t pid;
	int fd;
};

struct wrk_result {
	double requests;
	double refused; /* connects that failed */
	double cut;     /* reads and writes that failed */
	double hung;
};

/* False: there is no wrk here. */
bool wrk_begin(struct wrk *wrk, int port, int connections, int seconds);

/* Wait for its end and read what it says. */
void wrk_end(struct wrk *wrk, struct wrk_result *ret);

#endif
