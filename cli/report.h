/* Errors for people, in the one place that prints them, and what they mean for the exit status. */
#ifndef MB_REPORT_H
#define MB_REPORT_H

#include <glib.h>

#include "exit_codes.h"

/* "mailbackup: what failed: why" on standard error and, indented below it, what to do about it. */
void report_error(const GError *error);

/* "mailbackup: account: text": something went wrong and the run goes on. `text` may come from a server. */
void report_warning(const char *account, const char *text);

/* "mailbackup: text": something to know; the run goes on. */
void report_notice(const char *text);

/* Adds to an error what to do about it, in place of what report_error() would say for its code. */
void report_hint(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

ExitCode report_exit_code(const GError *error);

/* The one of two that the program ends with. From the gravest: damage, disk full, interrupted, busy, failed, usage,
 * server, incomplete, done. */
ExitCode report_graver(ExitCode a, ExitCode b);

#endif
