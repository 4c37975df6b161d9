#include "first_account.h"

#include "options.h"
#include "sync_options.h"

/* True when it is `mailbackup sync`. */
static bool read_sync(char **argv, CommandLine *line)
{
    g_auto(GStrv) arguments = g_strdupv(argv);
    bool print_version = false;
    if (!options_parse_program(&arguments, &line->repository, &print_version, NULL, NULL) || print_version ||
        g_strcmp0(arguments[1], "sync") != 0)
        return false;
    SyncOptions options;
    line->name = "sync";
    line->arguments = g_strdupv(arguments + 1);
    line->without_help = true;
    return sync_options_parse(line, &options, NULL);
}

static AccountSettings *find(const char *repository, const char *name)
{
    g_autoptr(GPtrArray) accounts = account_settings_load(repository, NULL);
    for (unsigned i = 0; accounts && i < accounts->len; i++) {
        const AccountSettings *account = g_ptr_array_index(accounts, i);
        if (!name || g_str_equal(account->name, name))
            return g_ptr_array_steal_index(accounts, i);
    }
    return NULL;
}

AccountSettings *first_account(char **argv)
{
    CommandLine line = {0};
    AccountSettings *account = NULL;
    if (read_sync(argv, &line)) {
        g_autofree char *repository = options_repository_path(line.repository);
        account = find(repository, line.arguments[0]);
    }
    command_line_clear(&line);
    return account;
}
