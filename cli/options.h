/* What stands on the command line: options by GOption, the repository's place, and what is left over. */
#ifndef MB_OPTIONS_H
#define MB_OPTIONS_H

#include <glib.h>
#include <stdbool.h>

typedef struct TcpAttempt TcpAttempt;

/* `given`, else $MAILBACKUP_REPO, else "mailbackup" below $XDG_DATA_HOME. Never NULL; caller frees. */
char *options_repository_path(const char *given);

/* A command as it was typed. */
typedef struct {
    const char *name;       /* "sync" */
    const char *parameters; /* of the usage line: "[ACCOUNT…]" */
    const char *summary;    /* what it does, for --help */
    char **arguments;       /* argv[0] and what followed the command; after options_parse() what is not an option */
    char *repository;       /* -r, wherever it stood; or NULL */
    bool without_help;      /* --help is an option like others that there are not */
    TcpAttempt *attempt;    /* to connect to the server that the command speaks to first; borrowed; or NULL */
} CommandLine;

void command_line_clear(CommandLine *line);

/* Takes the command's own `entries` and -r out of line->arguments; --help prints and exits. Unknown options and
 * values that make no sense are errors of G_OPTION_ERROR. Arguments keep the bytes they were typed with. */
bool options_parse(CommandLine *line, const GOptionEntry *entries, GError **error);

/* The same for the options before the command's name: *arguments is argv[0] and what begins with that name then.
 * `print_version` is set by
 * --version; `description` follows the options in --help, which is not known without. */
bool options_parse_program(char ***arguments, char **repository, bool *print_version, const char *description,
                           GError **error);

/* Sets a usage error (of G_OPTION_ERROR) and returns false. */
bool options_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Sets *number to what `text` says, which `option` wants to be from `least` to `most`, or else a usage error. Without a
 * text the number stays as it is. */
bool options_read_number(const char *text, const char *option, guint64 least, guint64 most, unsigned *number,
                         GError **error);

/* False with a usage error when there are fewer than `least` or more than `most` arguments. */
bool options_count_arguments(const CommandLine *line, unsigned least, unsigned most, GError **error);

#endif
