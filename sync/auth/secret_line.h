/* A password as the first line of what a file descriptor gives, read straight into a Secret's memory. */
#ifndef MB_SECRET_LINE_H
#define MB_SECRET_LINE_H

#include <glib.h>

#include "secrets.h"

/* Reads up to the end, so that a writer never meets a closed pipe; what follows the first line is wiped. `source` is
 * for the error: MB_ERROR_AUTH when the line is empty, MB_ERROR_INVALID when it is too long or holds a NUL. */
Secret *secret_line_read(int fd, const char *source, GError **error);

#endif
