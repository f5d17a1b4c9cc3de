#ifndef SUPERVISOR_EVMEM_H
#define SUPERVISOR_EVMEM_H

/*
 * libev's memory: a fixed arena in place of the heap, and an error callback
 * that logs in place of abort(3).  Must be called before the loop is made.
 * libev grows a handful of small arrays while watchers are added, never
 * afterwards.
 */
void evmem_setup(void);

#endif
