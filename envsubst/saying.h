#ifndef ENVSUBST_SAYING_H
#define ENVSUBST_SAYING_H

/*
 * What a program says as it is, of any length and in one write where that is
 * possible; failure to write is nobody's.
 */
void saying_add(int fd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
