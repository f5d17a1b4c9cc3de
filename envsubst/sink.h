#ifndef ENVSUBST_SINK_H
#define ENVSUBST_SINK_H

#include <stddef.h>

/* Takes one piece of a stream; 0 or -errno, which ends the stream. */
typedef int sink_put(void *arg, const void *data, size_t len);

struct sink {
	sink_put *put;
	void *arg;
};

#endif
