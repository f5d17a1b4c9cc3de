#ifndef TESTS_SYSTEM_SCRATCH_H
#define TESTS_SYSTEM_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A folder of a test's own under /tmp, and paths.  Every returned text lives
 * until scratch_end.  Whatever cannot be made fails the test.
 */

/* The folder, made at the first call; readable by everybody. */
const char *scratch_dir(void);

/* Give the folder and all that is in it to uid and gid 65534. */
void scratch_give_away(void);

/* A formatted text that lives as long as the folder. */
char *scratch_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Write a file; folders on the way are made.  Its whole path. */
char *scratch_write(const char *name, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Copy a file, with its mode, into the folder.  Its new path. */
char *scratch_copy(const char *path);

/* The content of a file, NUL-terminated, or NULL when there is none. */
char *scratch_read(const char *path);

/* Remove the folder and free every text; harmless when there is nothing. */
void scratch_end(void);

/*
 * The stand-in app NAME, built beside the test program ($APPS overrules), and
 * tests/NAME ($TESTS_DIR overrules), as absolute paths.
 */
char *scratch_app(const char *name);
char *scratch_tests(const char *name);

/* The binary under test: $CRADLE, else build/static/cradle. */
char *scratch_cradle(void);

#endif
