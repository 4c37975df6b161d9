#include "program.h"

#include <locale.h>
#include <stdio.h>

#include "commands.h"
#include "options.h"
#include "output.h"
#include "process.h"
#include "report.h"

typedef struct {
    const char *name;
    const char *parameters;
    const char *summary;
    bool handles_passwords;
    ExitCode (*run)(CommandLine *line, GError **error);
} Command;

static const Command commands[] = {
    {"init", "", "Create a repository", false, command_init},
    {"add", "NAME --host HOST", "Add an account, or change its settings", true, command_add},
    {"accounts", "", "List the accounts", false, command_accounts},
    {"sync", "[ACCOUNT…]", "Fetch what is new on the servers of all accounts or of those named", true, command_sync},
    {"snapshots", "[ACCOUNT]", "List the snapshots of all accounts or of one", false, command_snapshots},
    {"ls", "[PATH]", "List accounts, snapshots, mailboxes and messages, named as in the mount", false, command_ls},
    {"cat", "PATH…", "Write messages to standard output, byte for byte", false, command_cat},
    {"stats", "[ACCOUNT]", "Show how much mail there is, and what it takes", false, command_stats},
    {"forget", "[SNAPSHOT…]", "Forget snapshots, and give the disk back what only they needed", false, command_forget},
    {"check", "", "Look for damage in the repository", false, command_check},
    {"optimize", "", "Compress the repository as well as possible", false, command_optimize},
    {"rebuild", "", "Make the index anew from the packs", false, command_rebuild},
};

static char *list_of_commands(void)
{
    GString *text = g_string_new("Commands:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(text, "  %-12s %s\n", commands[i].name, commands[i].summary);
    g_string_append(text, "\n`mailbackup COMMAND --help` tells more; mailbackup(1) tells all.");
    return g_string_free(text, FALSE);
}

static const Command *find_command(const char *name, GError **error)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(commands); i++)
        if (g_str_equal(name, commands[i].name))
            return &commands[i];
    if (name)
        options_error(error, "there is no command “%s”", name);
    else
        options_error(error, "no command given");
    report_hint(error, "`mailbackup --help` lists the commands.");
    return NULL;
}

static ExitCode run_command(char **arguments, char *repository, TcpAttempt *attempt, GError **error)
{
    const Command *command = find_command(arguments[0], error);
    if (!command)
        return EXIT_CODE_USAGE;
    CommandLine line = {
        .name = command->name,
        .parameters = command->parameters,
        .summary = command->summary,
        .arguments = g_strdupv(arguments),
        .repository = g_strdup(repository),
        .attempt = attempt,
    };
    if (command->handles_passwords)
        process_protect_secrets();
    ExitCode code = command->run(&line, error);
    command_line_clear(&line);
    return code;
}

static ExitCode run_program(char **argv, TcpAttempt *attempt, GError **error)
{
    g_auto(GStrv) arguments = g_strdupv(argv);
    g_autofree char *repository = NULL;
    g_autofree char *description = list_of_commands();
    bool print_version = false;

    if (!options_parse_program(&arguments, &repository, &print_version, description, error))
        return EXIT_CODE_USAGE;
    if (print_version) {
        puts("mailbackup " MB_VERSION);
        return EXIT_CODE_DONE;
    }
    return run_command(arguments + 1, repository, attempt, error);
}

/* For what is read and how lists are sorted. Numbers, dates and messages are the same everywhere; the other categories
 * would take a fifth of a millisecond. */
static void use_locale(void)
{
    setlocale(LC_CTYPE, "");
    setlocale(LC_COLLATE, "");
}

ExitCode mailbackup_program(char **argv, TcpAttempt *attempt)
{
    g_autoptr(GError) error = NULL;
    use_locale();
    g_set_prgname("mailbackup");
    ExitCode code = run_program(argv, attempt, &error);
    if (error)
        code = report_exit_code(error);
    else if (!output_finish(&error))
        code = report_graver(code, report_exit_code(error));
    if (error)
        report_error(error);
    return code;
}
