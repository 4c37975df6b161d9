/* The error domain of the project: a class for the machine, a text for people.
 *
 * Libraries set a GError and never print or exit; context is added on the way up with g_prefix_error(); the programs
 * print it once. The code says what a caller can do about it, not where it happened. */
#ifndef MB_ERROR_H
#define MB_ERROR_H

#include <glib.h>
#include <stdbool.h>

#define MB_ERROR (mb_error_quark())

typedef enum {
    MB_ERROR_SYSTEM,      /* the operating system refused something */
    MB_ERROR_AGAIN,       /* passing: the same call may succeed later (connection lost, server busy, time-out) */
    MB_ERROR_CONNECT,     /* no connection: unknown host, refused, unreachable */
    MB_ERROR_CERTIFICATE, /* the peer is not who it should be, or TLS is not to be had */
    MB_ERROR_AUTH,        /* the server refused the login, or there is no password to give */
    MB_ERROR_PROTOCOL,    /* the server said what no server may say */
    MB_ERROR_REFUSED,     /* the server answered NO */
    MB_ERROR_CORRUPT,     /* stored bytes are not what was written */
    MB_ERROR_NO_SPACE,    /* disk full or quota reached */
    MB_ERROR_NOT_FOUND,
    MB_ERROR_EXISTS,
    MB_ERROR_LIMIT,     /* a size, depth or count from outside is above mb_limits.h */
    MB_ERROR_CANCELLED, /* the user asked to stop */
    MB_ERROR_BUSY,      /* another process writes to this repository */
    MB_ERROR_FORMAT,    /* a repository this version does not understand */
    MB_ERROR_INVALID,   /* an argument or a setting makes no sense */
    MB_ERROR_INSECURE,  /* a secret that others can read */
} MbError;

GQuark mb_error_quark(void);

/* Sets *error from errno value `errnum`: ENOSPC and EDQUOT become NO_SPACE, ENOENT becomes NOT_FOUND, EEXIST becomes
 * EXISTS, others SYSTEM. The text is the formatted one, a colon, and the system's words. Always returns false, so that
 * a caller can `return mb_error_errno(...)`. */
bool mb_error_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Sets *error with `code` and the formatted text. Always returns false. */
bool mb_error_set(GError **error, MbError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
