#ifndef TESTS_SYSTEM_ISOLATE_H
#define TESTS_SYSTEM_ISOLATE_H

#include "ns.h"

/*
 * The child's side of ns_start: mounts, identity, descriptors, exec.  fds are
 * its stdout, its stderr, and the close-on-exec pipe on which it reports what
 * it could not do.  Never returns.
 */
struct isolate_failure {
	int error;
	char step[60];
};

void isolate_exec(const struct ns_options *options, char *const argv[],
    char *const env[], const int fds[3]) __attribute__((noreturn));

#endif
