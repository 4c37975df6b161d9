#include "check_private.h"

#include "error.h"

void check_problem(Check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    check->totals->problems++;
    check->options->problem(text, check->options->user);
}

void check_progress(Check *check, const char *what, uint64_t done, uint64_t total)
{
    if (check->options->progress)
        check->options->progress(what, done, total, check->options->user);
}

bool check_cancelled(Check *check, GError **error)
{
    if (!check->options->cancellable || !g_cancellable_is_cancelled(check->options->cancellable))
        return false;
    mb_error_set(error, MB_ERROR_CANCELLED, "check interrupted");
    return true;
}

bool check_repository(Repository *repository, const CheckOptions *options, CheckTotals *totals, GError **error)
{
    *totals = (CheckTotals){0};
    Check check = {.repository = repository, .options = options, .totals = totals};
    return check_snapshots(&check, error) && check_blobs(&check, error);
}
