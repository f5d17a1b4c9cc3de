#ifndef ENVSUBST_FAILURE_H
#define ENVSUBST_FAILURE_H

/*
 * Why a substitution was given up: cradle's exit code and one line for people,
 * without control characters whatever a file's name holds.  Functions that
 * take one return -1 with it filled, and leave it alone on success.
 */
struct failure {
	int code;
	char text[2048];
};

/* Fill it; always -1, to be returned. */
int failure_set(struct failure *f, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A system call failed: "cannot DO IT: REASON (HINT)".  err as -errno; the hint
 * is what to try for that errno in an asset tree.  Always -1.
 */
int failure_os(struct failure *f, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
