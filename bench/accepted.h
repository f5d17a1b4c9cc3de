#ifndef BENCH_ACCEPTED_H
#define BENCH_ACCEPTED_H

#include <stddef.h>
#include <stdint.h>

/*
 * The client ports of all connections to that TCP port of loopback which some
 * process has accepted: a connection that waits in the queue of a listening
 * socket belongs to no file, and so has no inode yet.  Their number; at most
 * max are written.  Exits when the kernel does not tell.
 */
size_t accepted_ports(int port, uint16_t *ret, size_t max);

#endif
