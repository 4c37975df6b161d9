#include "options.h"

char *options_repository_path(const char *given)
{
    const char *environment = g_getenv("MAILBACKUP_REPO");
    if (given)
        return g_strdup(given);
    if (environment && *environment)
        return g_strdup(environment);
    return g_build_filename(g_get_user_data_dir(), "mailbackup", NULL);
}

void command_line_clear(CommandLine *line)
{
    g_clear_pointer(&line->arguments, g_strfreev);
    g_clear_pointer(&line->repository, g_free);
}

static void add_repository_option(GOptionContext *context, char **repository)
{
    const GOptionEntry entries[] = {
        {"repo", 'r', 0, G_OPTION_ARG_FILENAME, repository, "The repository", "DIR"},
        G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, NULL);
}

static void add_arguments(GOptionContext *context, char ***arguments)
{
    const GOptionEntry entries[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, arguments, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, NULL);
}

bool options_parse(CommandLine *line, const GOptionEntry *entries, GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(line->parameters);
    g_autofree char *program = g_strdup_printf("mailbackup %s", line->name);
    g_auto(GStrv) rest = NULL;
    g_autofree char *repository = NULL;

    g_set_prgname(program); /* for the usage line */
    g_option_context_set_summary(context, line->summary);
    g_option_context_set_help_enabled(context, !line->without_help);
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    add_repository_option(context, &repository);
    add_arguments(context, &rest);
    bool parsed = g_option_context_parse_strv(context, &line->arguments, error);
    g_set_prgname("mailbackup");
    if (!parsed)
        return false;
    if (repository) { /* behind the command it counts more than before it */
        g_free(line->repository);
        line->repository = g_steal_pointer(&repository);
    }
    g_strfreev(line->arguments);
    line->arguments = rest ? g_steal_pointer(&rest) : g_new0(char *, 1);
    return true;
}

bool options_parse_program(char ***arguments, char **repository, bool *print_version, const char *description,
                           GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND [ARGUMENT…]");
    gboolean version = FALSE;
    const GOptionEntry entries[] = {
        {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and end", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_option_context_set_summary(context, "Backs up IMAP mailboxes into a repository.");
    g_option_context_set_description(context, description);
    g_option_context_set_help_enabled(context, description != NULL);
    g_option_context_set_strict_posix(context, TRUE); /* what follows the command is the command's */
    g_option_context_add_main_entries(context, entries, NULL);
    add_repository_option(context, repository);
    if (!g_option_context_parse_strv(context, arguments, error))
        return false;
    *print_version = version;
    return true;
}

bool options_error(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_propagate_error(error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments));
    va_end(arguments);
    return false;
}

bool options_count_arguments(const CommandLine *line, unsigned least, unsigned most, GError **error)
{
    unsigned count = g_strv_length(line->arguments);
    if (count >= least && count <= most)
        return true;
    return options_error(error, "too %s arguments; usage: mailbackup %s [OPTION…] %s", count < least ? "few" : "many",
                         line->name, line->parameters);
}

bool options_read_number(const char *text, const char *option, guint64 least, guint64 most, unsigned *number,
                         GError **error)
{
    guint64 value;
    if (!text)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, least, most, &value, NULL))
        return options_error(error, "%s is a number from %u to %u, not “%s”", option, (unsigned)least, (unsigned)most,
                             text);
    *number = (unsigned)value;
    return true;
}
