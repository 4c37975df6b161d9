/* The options of `mailbackup add`, and the settings they ask for. */
#ifndef MB_ACCOUNT_OPTIONS_H
#define MB_ACCOUNT_OPTIONS_H

#include "account_settings.h"
#include "options.h"
#include "speed_options.h"

typedef struct {
    char *host;
    char *port;
    char *tls;
    char *user;
    char *password_command;
    char *password_file;
    char *token_command;
    char *auth;
    char *ca_file;
    char *pins;
    char *client_certificate;
    char *client_key;
    char *plaintext_to;
    char *compress;
    SpeedWords speed;
    gboolean shared;
    gboolean no_check;
    char **mailboxes;
} AccountOptions;

void account_options_clear(AccountOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AccountOptions, account_options_clear)

/* One argument is left in `line`: the account's name. Usage errors. */
bool account_options_parse(CommandLine *line, AccountOptions *options, GError **error);

/* NULL with a usage error when the options make no sense, or not together. */
AccountSettings *account_options_settings(const char *name, const AccountOptions *options, GError **error);

#endif
