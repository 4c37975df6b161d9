/* mailbackup add: tries an account's settings on its server and remembers them. */
#include <stdio.h>
#include <string.h>

#include "account_settings.h"
#include "command_repository.h"
#include "commands.h"
#include "error.h"
#include "interrupt.h"
#include "mirror.h"
#include "output.h"
#include "report.h"
#include "secrets.h"
#include "text.h"

enum { PORT_IMAPS = 993, PORT_IMAP = 143 };

typedef struct {
    char *host;
    char *port;
    char *tls;
    char *user;
    char *password_command;
    char *password_file;
    char *ca_file;
    gboolean no_check;
} AddOptions;

static void add_options_clear(AddOptions *options)
{
    g_free(options->host);
    g_free(options->port);
    g_free(options->tls);
    g_free(options->user);
    g_free(options->password_command);
    g_free(options->password_file);
    g_free(options->ca_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AddOptions, add_options_clear)

static gboolean refuse_password(const char *option, const char *value, void *user, GError **error)
{
    (void)option, (void)value, (void)user;
    options_error(error, "there is no option --password: everyone on this machine can read command lines");
    report_hint(error, "Give --password-command or --password-file, or neither to be asked.");
    return FALSE;
}

static bool parse(CommandLine *line, AddOptions *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"host", 0, 0, G_OPTION_ARG_FILENAME, &options->host, "The IMAP server", "HOST"},
        {"port", 0, 0, G_OPTION_ARG_FILENAME, &options->port, "Its port (993; with starttls 143)", "N"},
        {"tls", 0, 0, G_OPTION_ARG_FILENAME, &options->tls, "How TLS begins (implicit)", "implicit|starttls"},
        {"user", 0, 0, G_OPTION_ARG_FILENAME, &options->user, "The login (NAME)", "USER"},
        {"password-command", 0, 0, G_OPTION_ARG_FILENAME, &options->password_command,
         "A shell command that prints the password", "COMMAND"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
         "A file with the password, readable by you alone", "FILE"},
        {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options->ca_file, "Certificates to trust instead of the system's",
         "FILE"},
        {"no-check", 0, 0, G_OPTION_ARG_NONE, &options->no_check, "Save without trying to log in", NULL},
        {"password", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, refuse_password, NULL,
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    return options_parse(line, entries, error) && options_count_arguments(line, 1, 1, error);
}

static bool read_tls_mode(const char *text, TlsMode *mode, GError **error)
{
    if (!text || g_str_equal(text, "implicit"))
        *mode = TLS_IMPLICIT;
    else if (g_str_equal(text, "starttls"))
        *mode = TLS_STARTTLS;
    else
        return options_error(error, "--tls is implicit or starttls, not “%s”", text);
    return true;
}

static bool read_port(const char *text, TlsMode tls, uint16_t *port, GError **error)
{
    guint64 number = tls == TLS_IMPLICIT ? PORT_IMAPS : PORT_IMAP;
    if (text && !g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &number, NULL))
        return options_error(error, "--port is a number from 1 to 65535, not “%s”", text);
    *port = (uint16_t)number;
    return true;
}

static bool read_host(const char *text, char **host, GError **error)
{
    if (!text)
        return options_error(error, "--host is missing");
    *host = g_utf8_validate(text, -1, NULL) ? g_hostname_to_ascii(text) : NULL;
    if (*host && **host && !strpbrk(*host, " \t\r\n/"))
        return true;
    return options_error(error, "“%s” is no host name", text);
}

static bool check_passwords(const AddOptions *options, GError **error)
{
    if (!options->password_command || !options->password_file)
        return true;
    return options_error(error, "--password-command and --password-file exclude each other");
}

static char *absolute(const char *path)
{
    return path ? g_canonicalize_filename(path, NULL) : NULL;
}

static AccountSettings *make_settings(const char *name, const AddOptions *options, GError **error)
{
    g_autoptr(AccountSettings) settings = g_new0(AccountSettings, 1);
    const char *user = options->user ? options->user : name;

    if (!account_name_check(name, error) || !check_passwords(options, error) ||
        !read_host(options->host, &settings->host, error) || !read_tls_mode(options->tls, &settings->tls, error) ||
        !read_port(options->port, settings->tls, &settings->port, error))
        return NULL;
    if (!*user || !g_utf8_validate(user, -1, NULL)) {
        options_error(error, "“%s” is no user name", user);
        return NULL;
    }
    settings->name = g_strdup(name);
    settings->user = g_strdup(user);
    settings->password_command = g_strdup(options->password_command);
    settings->password_file = absolute(options->password_file);
    settings->ca_file = absolute(options->ca_file);
    return g_steal_pointer(&settings);
}

static Secret *ask_password(const AccountSettings *settings, GError **error)
{
    g_autofree char *user = text_escape(settings->user, strlen(settings->user));
    g_autofree char *prompt = g_strdup_printf("Password for %s on %s:%u (%s): ", user, settings->host, settings->port,
                                              settings->tls == TLS_IMPLICIT ? "TLS" : "STARTTLS");
    Secret *password = secret_from_prompt(prompt, error);
    if (!password)
        report_hint(error, "Without a terminal give --password-command or --password-file.");
    return password;
}

static bool try_login(const AccountSettings *settings, const Secret *password, GError **error)
{
    g_autoptr(Interrupt) interrupt = interrupt_new();
    MirrorProbe probe = {0};
    if (!mirror_probe(settings, password, &probe, interrupt_cancellable(interrupt), error))
        return false;
    g_autofree char *mailboxes = output_counted(probe.mailboxes, "mailbox", "mailboxes");
    g_autofree char *messages = output_counted(probe.messages, "message", "messages");
    printf("Logged in with %s. %s, %s.\n", probe.mechanism, mailboxes, messages);
    mirror_probe_clear(&probe);
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
    bool prompted = !settings->password_command && !settings->password_file;
    g_autoptr(Secret) password = prompted ? ask_password(settings, error) : secret_of_account(settings, error);

    return password && (!check || try_login(settings, password, error)) &&
           (!prompted || keep_password(repository, settings, password, error)) && save(repository, settings, error);
}

ExitCode command_add(CommandLine *line, GError **error)
{
    g_auto(AddOptions) options = {0};
    if (!parse(line, &options, error))
        return EXIT_CODE_USAGE;
    g_autoptr(AccountSettings) settings = make_settings(line->arguments[0], &options, error);
    if (!settings)
        return EXIT_CODE_USAGE;
    g_autoptr(Repository) repository = command_open_repository(line, error);
    if (!repository || !add_account(repository_path(repository), settings, !options.no_check, error))
        return EXIT_CODE_FAILED;
    return EXIT_CODE_DONE;
}
