#include "account_options.h"

#include <string.h>

#include "mailbox_choice.h"
#include "mechanism_names.h"
#include "report.h"

enum { PORT_IMAPS = 993, PORT_IMAP = 143 };

void account_options_clear(AccountOptions *options)
{
    char **texts[] = {&options->host,
                      &options->port,
                      &options->tls,
                      &options->user,
                      &options->password_command,
                      &options->password_file,
                      &options->token_command,
                      &options->auth,
                      &options->ca_file,
                      &options->pins,
                      &options->client_certificate,
                      &options->client_key,
                      &options->plaintext_to,
                      &options->compress};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&options->mailboxes, g_strfreev);
    speed_words_clear(&options->speed);
}

static gboolean refuse_password(const char *option, const char *value, void *user, GError **error)
{
    (void)option, (void)value, (void)user;
    options_error(error, "there is no option --password: everyone on this machine can read command lines");
    report_hint(error, "Give --password-command or --password-file, or neither to be asked.");
    return FALSE;
}

bool account_options_parse(CommandLine *line, AccountOptions *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"host", 0, 0, G_OPTION_ARG_FILENAME, &options->host, "The IMAP server", "HOST"},
        {"port", 0, 0, G_OPTION_ARG_FILENAME, &options->port, "Its port (993; with starttls or none 143)", "N"},
        {"tls", 0, 0, G_OPTION_ARG_FILENAME, &options->tls, "How TLS begins (implicit)", "implicit|starttls|none"},
        {"user", 0, 0, G_OPTION_ARG_FILENAME, &options->user, "The login (NAME)", "USER"},
        {"password-command", 0, 0, G_OPTION_ARG_FILENAME, &options->password_command,
         "A shell command that prints the password", "COMMAND"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
         "A file with the password, readable by you alone", "FILE"},
        {"token-command", 0, 0, G_OPTION_ARG_FILENAME, &options->token_command,
         "A shell command that prints an OAuth access token", "COMMAND"},
        {"auth", 0, 0, G_OPTION_ARG_FILENAME, &options->auth, "How to log in (the strongest offered)", "MECHANISM"},
        {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options->ca_file, "Certificates to trust instead of the system's",
         "FILE"},
        {"pin", 0, 0, G_OPTION_ARG_FILENAME, &options->pins, "The server's key must be this one, too",
         "sha256//BASE64[,…]"},
        {"client-cert", 0, 0, G_OPTION_ARG_FILENAME, &options->client_certificate,
         "A certificate to show to the server", "FILE"},
        {"client-key", 0, 0, G_OPTION_ARG_FILENAME, &options->client_key, "Its key (in the same file)", "FILE"},
        {"plaintext-to", 0, 0, G_OPTION_ARG_FILENAME, &options->plaintext_to,
         "With --tls none: the host that may be spoken to in the clear", "HOST"},
        {"compress", 0, 0, G_OPTION_ARG_FILENAME, &options->compress, "Compress the line (auto)", "auto|on|off"},
        {"shared", 0, 0, G_OPTION_ARG_NONE, &options->shared, "Shared mailboxes and those of others, too", NULL},
        {"mailboxes", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->mailboxes,
         "Which mailboxes, and what of them; several times", "[!|headers:|since=DATE:]PATTERN"},
        SPEED_OPTION_ENTRIES(options->speed),
        {"no-check", 0, 0, G_OPTION_ARG_NONE, &options->no_check, "Save without trying to log in", NULL},
        {"password", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, refuse_password, NULL,
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    return options_parse(line, entries, error) && options_count_arguments(line, 1, 1, error);
}

/* *choice is the place of `text` in `names`; 0 without a text. */
static bool read_choice(const char *option, const char *text, const char *const *names, unsigned *choice,
                        GError **error)
{
    *choice = 0;
    while (text && names[*choice] && !g_str_equal(names[*choice], text))
        ++*choice;
    if (names[*choice])
        return true;
    g_autofree char *known = g_strjoinv(", ", (char **)(uintptr_t)names);
    return options_error(error, "%s is one of %s, not “%s”", option, known, text);
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

static bool read_connection(const AccountOptions *options, AccountSettings *settings, GError **error)
{
    unsigned tls, compress;
    if (!read_host(options->host, &settings->host, error) ||
        !read_choice("--tls", options->tls, tls_mode_names, &tls, error) ||
        !read_port(options->port, tls, &settings->port, error) ||
        !read_choice("--compress", options->compress, compress_mode_names, &compress, error))
        return false;
    settings->tls = tls;
    settings->compress = compress;
    settings->shared = options->shared;
    if (options->pins && !account_pins_check(options->pins, error))
        return false;
    return !options->plaintext_to || read_host(options->plaintext_to, &settings->plaintext_to, error);
}

static bool read_auth(const AccountOptions *options, AccountSettings *settings, GError **error)
{
    settings->auth = options->auth ? g_ascii_strup(options->auth, -1) : NULL;
    if (!settings->auth || mechanism_is_known(settings->auth))
        return true;
    return options_error(error, "--auth “%s” is not known; there are %s", options->auth, mechanism_names());
}

static bool check_mailboxes(const AccountOptions *options, GError **error)
{
    g_autoptr(GError) cause = NULL;
    for (char **rule = options->mailboxes; rule && *rule; rule++)
        if (!mailbox_rule_check(*rule, &cause))
            return options_error(error, "--mailboxes: %s", cause->message);
    return true;
}

static bool check_together(const AccountOptions *options, GError **error)
{
    int secrets = !!options->password_command + !!options->password_file + !!options->token_command;
    if (secrets > 1)
        return options_error(error, "--password-command, --password-file and --token-command exclude each other");
    if (options->client_key && !options->client_certificate)
        return options_error(error, "--client-key needs --client-cert");
    if (options->tls && g_str_equal(options->tls, "none") && (options->pins || options->client_certificate))
        return options_error(error, "--pin and --client-cert are of no use without TLS");
    return true;
}

static char *absolute(const char *path)
{
    return path ? g_canonicalize_filename(path, NULL) : NULL;
}

static void copy_texts(const AccountOptions *options, AccountSettings *settings)
{
    settings->password_command = g_strdup(options->password_command);
    settings->password_file = absolute(options->password_file);
    settings->token_command = g_strdup(options->token_command);
    settings->ca_file = absolute(options->ca_file);
    settings->pins = g_strdup(options->pins);
    settings->client_certificate = absolute(options->client_certificate);
    settings->client_key = absolute(options->client_key);
    settings->mailboxes = g_strdupv(options->mailboxes);
}

AccountSettings *account_options_settings(const char *name, const AccountOptions *options, GError **error)
{
    g_autoptr(AccountSettings) settings = g_new0(AccountSettings, 1);
    const char *user = options->user ? options->user : name;

    if (!account_name_check(name, error) || !check_together(options, error) ||
        !read_connection(options, settings, error) || !read_auth(options, settings, error) ||
        !check_mailboxes(options, error) || !speed_words_read(&options->speed, &settings->limits, error))
        return NULL;
    if (!*user || !g_utf8_validate(user, -1, NULL)) {
        options_error(error, "“%s” is no user name", user);
        return NULL;
    }
    settings->name = g_strdup(name);
    settings->user = g_strdup(user);
    copy_texts(options, settings);
    return g_steal_pointer(&settings);
}
