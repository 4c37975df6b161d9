/* mailbackup add: tries an account's settings on its server and remembers them. */
#include <stdio.h>
#include <string.h>

#include "account_options.h"
#include "account_settings.h"
#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "interrupt.h"
#include "mirror.h"
#include "output.h"
#include "report.h"
#include "secrets.h"
#include "server_text.h"
#include "text.h"

static Secret *ask_password(const AccountSettings *settings, GError **error)
{
    g_autofree char *user = text_escape(settings->user, strlen(settings->user));
    static const char *const how[] = {[TLS_IMPLICIT] = "TLS", [TLS_STARTTLS] = "STARTTLS", [TLS_NONE] = "no TLS"};
    g_autofree char *prompt =
        g_strdup_printf("Password for %s on %s:%u (%s): ", user, settings->host, settings->port, how[settings->tls]);
    Secret *password = secret_from_prompt(prompt, error);
    if (!password)
        report_hint(error, "Without a terminal give --password-command or --password-file.");
    return password;
}

/* What worked is what every later login must be: a server that offers less one day gets nothing. */
static bool try_login(AccountSettings *settings, const Secret *password, GError **error)
{
    g_autoptr(Interrupt) interrupt = interrupt_new();
    MirrorProbe probe = {0};
    if (!mirror_probe(settings, password, &probe, interrupt_cancellable(interrupt), error))
        return false;
    g_autofree char *mailboxes = output_counted(probe.mailboxes, "mailbox", "mailboxes");
    g_autofree char *messages = output_counted(probe.messages, "message", "messages");
    g_autofree char *server = server_text(&probe.server);
    mirror_server_clear(&probe.server);
    printf("Logged in with %s. %s, %s.\n", probe.mechanism, mailboxes, messages);
    if (server)
        printf("The server: %s.\n", server);
    if (probe.refused_mechanism)
        printf("The server offers %s as well, but does not accept it.\n", probe.refused_mechanism);
    if (!settings->auth)
        settings->auth = g_strdup(probe.mechanism);
    return true;
}

static bool keep_password(const char *repository, AccountSettings *settings, const Secret *password, GError **error)
{
    settings->password_file = secret_store(repository, settings->name, password, error);
    if (!settings->password_file)
        return false;
    g_autofree char *shown = output_path(settings->password_file);
    printf("Password kept in %s, readable by you alone (mode 0600).\n", shown);
    return true;
}

static bool is_known(const char *repository, const char *name, bool *known, GError **error)
{
    g_autoptr(GPtrArray) all = account_settings_load(repository, error);
    if (!all)
        return false;
    *known = false;
    for (unsigned i = 0; i < all->len; i++)
        *known |= g_str_equal(((const AccountSettings *)g_ptr_array_index(all, i))->name, name);
    return true;
}

static bool save(const char *repository, const AccountSettings *settings, GError **error)
{
    bool known = false;
    if (!is_known(repository, settings->name, &known, error) || !account_settings_save(repository, settings, error))
        return false;
    printf(known ? "%s: the new settings replace the old ones.\n" : "%s added; `mailbackup sync` fetches its mail.\n",
           settings->name);
    return true;
}

/* Nothing is written before the login has worked. */
static bool add_account(const char *repository, AccountSettings *settings, bool check, GError **error)
{
    bool prompted = !settings->password_command && !settings->password_file && !settings->token_command &&
                    !account_settings_without_password(settings);
    g_autoptr(Secret) password = prompted ? ask_password(settings, error) : secret_of_account(settings, error);

    return password && (!check || try_login(settings, password, error)) &&
           (!prompted || keep_password(repository, settings, password, error)) && save(repository, settings, error);
}

ExitCode command_add(CommandLine *line, GError **error)
{
    g_auto(AccountOptions) options = {0};
    if (!account_options_parse(line, &options, error))
        return EXIT_CODE_USAGE;
    g_autoptr(AccountSettings) settings = account_options_settings(line->arguments[0], &options, error);
    if (!settings)
        return EXIT_CODE_USAGE;
    g_autoptr(Repository) repository = command_open_repository(line, error);
    if (!repository || !add_account(repository_path(repository), settings, !options.no_check, error))
        return EXIT_CODE_FAILED;
    return EXIT_CODE_DONE;
}
