#include "error.h"

#include <errno.h>

G_DEFINE_QUARK(mailbackup - error - quark, mb_error)

static MbError code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
        return MB_ERROR_NO_SPACE;
    case ENOENT:
        return MB_ERROR_NOT_FOUND;
    case EEXIST:
        return MB_ERROR_EXISTS;
    default:
        return MB_ERROR_SYSTEM;
    }
}

bool mb_error_errno(GError **error, int errnum, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, MB_ERROR, (gint)code_of_errno(errnum), "%s: %s", what, g_strerror(errnum));
    return false;
}

bool mb_error_set(GError **error, MbError code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, MB_ERROR, (gint)code, what);
    return false;
}
