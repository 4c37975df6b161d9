#include "report.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "output.h"
#include "text.h"

/* What an error code means for the program, and for its user where the message itself does not say what to do. */
typedef struct {
    ExitCode exit_code;
    const char *hint;
} Meaning;

static const Meaning meanings[] = {
    [MB_ERROR_SYSTEM] = {EXIT_CODE_FAILED, NULL},
    [MB_ERROR_AGAIN] = {EXIT_CODE_SERVER, "What was stored stays; run it again later."},
    [MB_ERROR_CONNECT] = {EXIT_CODE_SERVER, NULL},
    [MB_ERROR_CERTIFICATE] = {EXIT_CODE_SERVER,
                              "If this is the right server, `mailbackup add` again with the host name its certificate "
                              "has, or with --ca-file and the certificate of its authority."},
    [MB_ERROR_AUTH] = {EXIT_CODE_SERVER, "`mailbackup add` with the same name sets user and password anew."},
    [MB_ERROR_PROTOCOL] = {EXIT_CODE_SERVER, "Is that an IMAP server? What was stored stays."},
    [MB_ERROR_REFUSED] = {EXIT_CODE_SERVER, "What was stored stays; the next run asks again."},
    [MB_ERROR_CORRUPT] = {EXIT_CODE_DAMAGE, "`mailbackup check --read-data` tells all that is damaged."},
    [MB_ERROR_NO_SPACE] = {EXIT_CODE_DISK_FULL, "What was stored stays. Free 64 MiB or more, or give up snapshots with "
                                                "`mailbackup forget`, and run it again."},
    [MB_ERROR_NOT_FOUND] = {EXIT_CODE_FAILED, NULL},
    [MB_ERROR_EXISTS] = {EXIT_CODE_FAILED, NULL},
    [MB_ERROR_LIMIT] = {EXIT_CODE_SERVER, "No server should say so much. What was stored stays."},
    [MB_ERROR_CANCELLED] = {EXIT_CODE_INTERRUPTED, "What was stored stays; the next run goes on from there."},
    [MB_ERROR_BUSY] = {EXIT_CODE_BUSY, NULL},
    [MB_ERROR_FORMAT] = {EXIT_CODE_FAILED, NULL},
    [MB_ERROR_INVALID] = {EXIT_CODE_USAGE, NULL},
    [MB_ERROR_INSECURE] = {EXIT_CODE_FAILED, NULL},
};

static const Meaning usage = {EXIT_CODE_USAGE, "See `mailbackup --help` and `mailbackup COMMAND --help`."};
static const Meaning unknown = {EXIT_CODE_FAILED, NULL};

static const Meaning *meaning_of(const GError *error)
{
    if (error->domain == G_OPTION_ERROR)
        return &usage;
    if (error->domain == MB_ERROR && error->code >= 0 && (size_t)error->code < G_N_ELEMENTS(meanings))
        return &meanings[error->code];
    return &unknown;
}

static void print_line(const char *prefix, const char *line)
{
    g_autofree char *safe = text_escape(line, strlen(line));
    fprintf(stderr, "%s%s\n", prefix, safe);
}

/* A hint is what follows the first line of a message. */
void report_error(const GError *error)
{
    g_autofree char *prefix = output_styled(stderr, STYLE_BAD, "mailbackup: ");
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", 2);
    const char *hint = lines[0] && lines[1] ? lines[1] : meaning_of(error)->hint;

    fflush(stdout); /* so that both come in order on a terminal */
    print_line(prefix, lines[0] ? lines[0] : "");
    if (hint)
        print_line("            ", hint);
}

void report_warning(const char *account, const char *text)
{
    g_autofree char *line = g_strdup_printf("%s: %s", account, text);
    fflush(stdout);
    print_line("mailbackup: ", line);
}

void report_notice(const char *text)
{
    fflush(stdout);
    print_line("mailbackup: ", text);
}

void report_hint(GError **error, const char *format, ...)
{
    if (!error || !*error)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *hint = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *message = g_strconcat((*error)->message, "\n", hint, NULL);
    g_free((*error)->message);
    (*error)->message = message;
}

ExitCode report_exit_code(const GError *error)
{
    return error ? meaning_of(error)->exit_code : EXIT_CODE_DONE;
}

ExitCode report_graver(ExitCode a, ExitCode b)
{
    static const ExitCode gravest_first[] = {EXIT_CODE_DAMAGE, EXIT_CODE_DISK_FULL, EXIT_CODE_INTERRUPTED,
                                             EXIT_CODE_BUSY,   EXIT_CODE_FAILED,    EXIT_CODE_USAGE,
                                             EXIT_CODE_SERVER, EXIT_CODE_INCOMPLETE};
    for (size_t i = 0; i < G_N_ELEMENTS(gravest_first); i++)
        if (a == gravest_first[i] || b == gravest_first[i])
            return gravest_first[i];
    return EXIT_CODE_DONE;
}
